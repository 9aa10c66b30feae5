-- Whether an operator belongs to the caller's part of the tree: some grant of it, live or revoked, lies there.
CREATE FUNCTION core.operator_visible(caller core.caller, operator int) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM ledger.role_grant g JOIN ledger.node n ON n.id = g.node
		WHERE g.operator = operator_visible.operator AND core.in_scope(caller, n.path))
$$;
