-- Whether somebody still governs the whole ledger when that operator's key, or that one grant, is gone.
CREATE FUNCTION core.administered_without(operator int, role_grant int) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM ledger.role_grant g JOIN ledger.node n ON n.id = g.node AND n.parent IS NULL
		WHERE g.role = 'administrator'
		AND g.operator IS DISTINCT FROM administered_without.operator AND g.id IS DISTINCT FROM administered_without.role_grant
		AND NOT EXISTS (SELECT FROM ledger.role_revocation r WHERE r.role_grant = g.id)
		AND NOT EXISTS (SELECT FROM ledger.operator_revocation r WHERE r.operator = g.operator))
$$;
