-- Paths of the nodes on which an operator holds a role: for what depends on the role and not only on the operation.
CREATE FUNCTION core.role_nodes(operator int, role text) RETURNS ltree[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(array_agg(n.path), '{}')
		FROM (SELECT x.id, x.node FROM ledger.role_grant x WHERE x.operator = role_nodes.operator AND x.role = role_nodes.role OFFSET 0) AS g
		CROSS JOIN LATERAL (SELECT x.path FROM ledger.node x WHERE x.id = g.node LIMIT 1) AS n
		WHERE (SELECT r.role_grant FROM ledger.role_revocation r WHERE r.role_grant = g.id) IS NULL);
END $$;
