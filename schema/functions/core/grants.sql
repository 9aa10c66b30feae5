-- Paths of the nodes on which an operator's grants allow an operation; NULL when none does.
CREATE FUNCTION core.grants(operator int, op text) RETURNS ltree[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT array_agg(n.path)
		FROM ledger.role_grant g
		JOIN core.matrix m ON m.role = g.role AND m.op = grants.op
		JOIN ledger.node n ON n.id = g.node
		WHERE g.operator = grants.operator
		AND NOT EXISTS (SELECT FROM ledger.role_revocation r WHERE r.role_grant = g.id));
END $$;
