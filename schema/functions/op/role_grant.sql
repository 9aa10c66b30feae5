-- Gives a key a further role on a node. Nobody gives their own keys more than administration: who governs does not post.
CREATE FUNCTION op.role_grant(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	place  ledger.node := core.node_named(caller, input ->> 'node');
	target bigint := (input ->> 'operator')::bigint;
	given  ledger.role_grant;
BEGIN
	IF place.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'node', jsonb_build_object('code', input ->> 'node'));
	ELSIF NOT EXISTS (SELECT FROM ledger.operator o WHERE o.id = target AND core.operator_visible(caller, o.id)) THEN
		RETURN core.refuse('unknown_operator', 'operator', jsonb_build_object('operator', target));
	ELSIF EXISTS (SELECT FROM ledger.operator_revocation r WHERE r.operator = target) THEN
		RETURN core.refuse('already_revoked', 'operator', jsonb_build_object('operator', target));
	ELSIF input ->> 'role' <> 'administrator' AND EXISTS (SELECT FROM ledger.operator o WHERE o.id = target AND o.person = caller.person) THEN
		RETURN core.refuse('not_allowed', 'operator');
	ELSIF core.live_grant(target, input ->> 'role', place.id) IS NOT NULL THEN
		RETURN core.refuse('already_granted', 'role', jsonb_build_object('operator', target, 'role', input ->> 'role', 'node', place.code));
	END IF;
	given := ROW(core.next_id('ledger.role_grant'), target, input ->> 'role', place.id, caller.request);
	INSERT INTO ledger.role_grant SELECT given.*;
	RETURN core.done(jsonb_build_object('operator', target, 'role', given.role, 'node', place.code),
		core.leaf(core.image('role_grant', to_jsonb(given))));
END $$;
