-- Paths of the nodes on which an operator's grants allow an operation; NULL when none does.
CREATE FUNCTION core.grants(operator int, op text) RETURNS ltree[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT g.nodes FROM core.grants_of(operator, op) AS g);
END $$;
