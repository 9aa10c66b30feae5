-- Replaces the key that signs by a new one, whose owner has proved possession: the same person, the same live roles. The old key ends.
CREATE FUNCTION op.operator_rotate(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	added  ledger.operator;
	ended  ledger.operator_revocation;
	last   int := (SELECT max(g.id) FROM ledger.role_grant g);
	grants jsonb;
BEGIN
	IF EXISTS (SELECT FROM ledger.operator o WHERE o.kid = input ->> 'kid') THEN
		RETURN core.refuse('key_already_enrolled', 'request', jsonb_build_object('kid', input ->> 'kid'));
	END IF;
	added := ROW(core.next_id('ledger.operator'), caller.person, input ->> 'kid', input -> 'jwk', caller.request);
	INSERT INTO ledger.operator SELECT added.*;
	WITH given AS (
		INSERT INTO ledger.role_grant (id, operator, role, node, request)
		SELECT last + row_number() OVER (ORDER BY g.id), added.id, g.role, g.node, caller.request FROM ledger.role_grant g
		WHERE g.operator = caller.operator AND NOT EXISTS (SELECT FROM ledger.role_revocation r WHERE r.role_grant = g.id)
		RETURNING *
	)
	SELECT jsonb_agg(to_jsonb(given) ORDER BY given.id) INTO grants FROM given;
	ended := ROW(caller.operator, 'rotated', caller.request);
	INSERT INTO ledger.operator_revocation SELECT ended.*;
	RETURN core.done(jsonb_build_object('operator', added.id, 'person', added.person, 'kid', added.kid,
			'roles', jsonb_array_length(grants), 'replaced', ended.operator),
		core.leaf(core.images(core.image('operator', to_jsonb(added)), jsonb_build_object('rows', jsonb_build_object('role_grant', grants)),
			core.image('operator_revocation', to_jsonb(ended)))));
END $$;
