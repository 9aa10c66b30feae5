-- The size of the log after the commit that sealed a leaf; NULL when it is not sealed.
CREATE FUNCTION core.sealed_size(leaf bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT c.size FROM ledger.checkpoint c WHERE c.size > leaf ORDER BY c.size LIMIT 1);
END $$;
