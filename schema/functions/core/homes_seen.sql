-- Paths of the nodes where the caller may know what volunteers have: as worker of their community, or as auditor.
CREATE FUNCTION core.homes_seen(caller core.caller) RETURNS ltree[]
LANGUAGE sql STABLE AS $$
	SELECT core.role_nodes((caller).operator, 'worker') || core.role_nodes((caller).operator, 'auditor')
$$;
