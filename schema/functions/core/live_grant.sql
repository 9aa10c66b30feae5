-- The grant of a role on exactly that node to an operator that has not been taken back, NULL if there is none.
CREATE FUNCTION core.live_grant(operator bigint, role text, node int) RETURNS int
LANGUAGE sql STABLE AS $$
	SELECT g.id FROM ledger.role_grant g
	WHERE g.operator = live_grant.operator AND g.role = live_grant.role AND g.node = live_grant.node
	AND NOT EXISTS (SELECT FROM ledger.role_revocation r WHERE r.role_grant = g.id)
$$;
