-- The code of a node.
CREATE FUNCTION core.node_code(node int) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT n.code FROM ledger.node n WHERE n.id = node
$$;
