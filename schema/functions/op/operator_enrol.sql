-- Enrols a key whose owner has proved possession: for a new person or as a further key of a known one, with its first role.
-- A further key of the caller's own has no role but administration, as in role_grant.
CREATE FUNCTION op.operator_enrol(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	place ledger.node := core.node_named(caller, input ->> 'node');
	owner ledger.person;
	added ledger.operator;
	given ledger.role_grant;
	body  jsonb;
BEGIN
	IF place.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'node', jsonb_build_object('code', input ->> 'node'));
	ELSIF EXISTS (SELECT FROM ledger.operator o WHERE o.kid = input ->> 'kid') THEN
		RETURN core.refuse('key_already_enrolled', 'request', jsonb_build_object('kid', input ->> 'kid'));
	ELSIF input ? 'person' = input ? 'name' THEN
		RETURN core.refuse(CASE WHEN input ? 'name' THEN 'person_and_name' ELSE 'missing_field' END, 'name');
	END IF;
	SELECT p.* INTO owner FROM ledger.person p WHERE p.id = (input ->> 'person')::bigint
		AND EXISTS (SELECT FROM ledger.operator o WHERE o.person = p.id AND core.operator_visible(caller, o.id));
	IF input ? 'person' AND owner.id IS NULL THEN
		RETURN core.refuse('unknown_person', 'person', jsonb_build_object('person', input -> 'person'));
	END IF;
	IF owner.id = caller.person AND input ->> 'role' <> 'administrator' THEN
		RETURN core.refuse('not_allowed', 'person');
	END IF;
	IF owner.id IS NULL THEN
		owner := ROW(core.next_id('ledger.person'), core.from_base64url(input ->> 'name'), caller.request);
		INSERT INTO ledger.person SELECT owner.*;
		body := core.image('person', to_jsonb(owner));
	END IF;
	added := ROW(core.next_id('ledger.operator'), owner.id, input ->> 'kid', input -> 'jwk', caller.request);
	INSERT INTO ledger.operator SELECT added.*;
	given := ROW(core.next_id('ledger.role_grant'), added.id, input ->> 'role', place.id, caller.request);
	INSERT INTO ledger.role_grant SELECT given.*;
	RETURN core.done(jsonb_build_object('operator', added.id, 'person', owner.id, 'kid', added.kid,
			'role', given.role, 'node', place.code),
		core.leaf(core.images(body, core.image('operator', to_jsonb(added)), core.image('role_grant', to_jsonb(given)))));
END $$;
