-- The checkpoint of a size of the log, the newest when the size is NULL: no row where no commit ended there.
CREATE FUNCTION api.checkpoint(at_size bigint) RETURNS TABLE (size bigint, root bytea, signature bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	IF at_size IS NULL THEN
		RETURN QUERY SELECT c.size, c.root, c.signature FROM ledger.checkpoint c ORDER BY c.size DESC LIMIT 1;
	ELSE
		RETURN QUERY SELECT c.size, c.root, c.signature FROM ledger.checkpoint c WHERE c.size = at_size;
	END IF;
END $$;
