-- Root of the checkpoint at a size of the log; NULL where no commit ended there.
CREATE FUNCTION api.root_at(size bigint) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
	SELECT c.root FROM ledger.checkpoint c WHERE c.size = root_at.size
$$;
