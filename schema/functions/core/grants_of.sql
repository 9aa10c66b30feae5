-- Paths of the nodes on which an operator's grants allow an operation, NULL when none does; one row. Inlined where it is called.
-- Each grant and node is looked up by itself (OFFSET, LIMIT): a plan made while there were few nodes would read them all.
CREATE FUNCTION core.grants_of(operator int, op text) RETURNS TABLE (nodes ltree[])
LANGUAGE sql STABLE AS $$
	SELECT array_agg(n.path)
	FROM (SELECT x.id, x.role, x.node FROM ledger.role_grant x WHERE x.operator = grants_of.operator OFFSET 0) AS g
	CROSS JOIN LATERAL (SELECT x.path FROM ledger.node x WHERE x.id = g.node LIMIT 1) AS n
	WHERE (SELECT true FROM core.matrix m WHERE m.role = g.role AND m.op = grants_of.op)
	AND (SELECT r.role_grant FROM ledger.role_revocation r WHERE r.role_grant = g.id) IS NULL
$$;
