-- The node of that code in the caller's scope, of one of those kinds if any are given; all NULL when there is none:
-- a foreign node is as good as missing.
CREATE FUNCTION core.node_named(caller core.caller, code text, VARIADIC kinds text[] DEFAULT NULL) RETURNS ledger.node
LANGUAGE plpgsql STABLE AS $$
DECLARE
	found ledger.node;
BEGIN
	SELECT n.* INTO found FROM ledger.node n
		WHERE n.code = node_named.code AND (kinds IS NULL OR n.kind = ANY (kinds)) AND core.in_scope(caller, n.path);
	RETURN found;
END $$;
