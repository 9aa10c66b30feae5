-- Ends a key for good; its person's other keys go on. Who does not govern everything that the key may do does not see it.
CREATE FUNCTION op.operator_revoke(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	target ledger.operator;
	ended  ledger.operator_revocation;
BEGIN
	SELECT o.* INTO target FROM ledger.operator o WHERE o.id = (input ->> 'operator')::bigint
		AND core.operator_visible(caller, o.id)
		AND NOT EXISTS (SELECT FROM ledger.role_grant g JOIN ledger.node n ON n.id = g.node
			WHERE g.operator = o.id AND NOT core.in_scope(caller, n.path)
			AND NOT EXISTS (SELECT FROM ledger.role_revocation r WHERE r.role_grant = g.id));
	IF target.id IS NULL THEN
		RETURN core.refuse('unknown_operator', 'operator', jsonb_build_object('operator', input -> 'operator'));
	ELSIF EXISTS (SELECT FROM ledger.operator_revocation r WHERE r.operator = target.id) THEN
		RETURN core.refuse('already_revoked', 'operator', jsonb_build_object('operator', target.id));
	ELSIF NOT core.administered_without(target.id, NULL) THEN
		RETURN core.refuse('last_administrator', 'operator', jsonb_build_object('operator', target.id));
	END IF;
	ended := ROW(target.id, input ->> 'reason', caller.request);
	INSERT INTO ledger.operator_revocation SELECT ended.*;
	RETURN core.done(jsonb_build_object('operator', target.id, 'kid', target.kid),
		core.leaf(core.image('operator_revocation', to_jsonb(ended))));
END $$;
