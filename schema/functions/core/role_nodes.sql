-- Paths of the nodes on which an operator holds a role: for what depends on the role and not only on the operation.
CREATE FUNCTION core.role_nodes(operator int, role text) RETURNS ltree[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(array_agg(n.path), '{}')
		FROM ledger.role_grant g JOIN ledger.node n ON n.id = g.node
		WHERE g.operator = role_nodes.operator AND g.role = role_nodes.role
		AND NOT EXISTS (SELECT FROM ledger.role_revocation r WHERE r.role_grant = g.id));
END $$;
