-- Takes a role on a node back from a key.
CREATE FUNCTION op.role_revoke(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	place  ledger.node := core.node_named(caller, input ->> 'node');
	target bigint := (input ->> 'operator')::bigint;
	given  int := core.live_grant(target, input ->> 'role', place.id);
	taken  ledger.role_revocation;
BEGIN
	IF place.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'node', jsonb_build_object('code', input ->> 'node'));
	ELSIF given IS NULL THEN
		RETURN core.refuse('unknown_grant', 'role', jsonb_build_object('operator', target, 'role', input ->> 'role', 'node', place.code));
	ELSIF NOT core.administered_without(NULL, given) THEN
		RETURN core.refuse('last_administrator', 'operator', jsonb_build_object('operator', target));
	END IF;
	taken := ROW(given, caller.request);
	INSERT INTO ledger.role_revocation SELECT taken.*;
	RETURN core.done(jsonb_build_object('operator', target, 'role', input ->> 'role', 'node', place.code),
		core.leaf(core.image('role_revocation', to_jsonb(taken))));
END $$;
