-- Founds the ledger: its name, the root of the organisation, and the first administrator, who signed this with the new key;
-- and the ledger's own keys, which the daemon names.
CREATE FUNCTION op.ledger_found(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	body jsonb;
BEGIN
	IF EXISTS (SELECT FROM ledger.identity) THEN
		RETURN core.refuse('already_exists');
	END IF;
	INSERT INTO ledger.identity (aud) VALUES (input ->> 'aud');
	INSERT INTO ledger.node (id, kind, code, name, path, request)
		VALUES (1, input ->> 'kind', input ->> 'code', input ->> 'name', '1', caller.request);
	INSERT INTO ledger.person (id, request) VALUES (1, caller.request);
	INSERT INTO ledger.operator (id, person, kid, jwk, request) VALUES (1, 1, input ->> 'kid', input -> 'jwk', caller.request);
	INSERT INTO ledger.role_grant (id, operator, role, node, request) VALUES (1, 1, 'administrator', 1, caller.request);
	INSERT INTO ledger.ledger_key (id, use, kid, public, request)
		SELECT place, key ->> 'use', key ->> 'kid', key ->> 'public', caller.request
		FROM jsonb_array_elements(input -> 'keys') WITH ORDINALITY AS k (key, place);
	body := core.images(
		core.image('identity', (SELECT to_jsonb(i) FROM ledger.identity i)),
		core.image('node', (SELECT to_jsonb(n) FROM ledger.node n WHERE n.id = 1)),
		core.image('person', (SELECT to_jsonb(p) FROM ledger.person p WHERE p.id = 1)),
		core.image('operator', (SELECT to_jsonb(o) FROM ledger.operator o WHERE o.id = 1)),
		core.image('role_grant', (SELECT to_jsonb(g) FROM ledger.role_grant g WHERE g.id = 1)),
		(SELECT jsonb_build_object('rows', jsonb_build_object('ledger_key', jsonb_agg(to_jsonb(k) ORDER BY k.id)))
			FROM ledger.ledger_key k HAVING count(*) > 0));
	RETURN core.done(jsonb_build_object('aud', input ->> 'aud', 'operator', 1), core.leaf(body));
END $$;
