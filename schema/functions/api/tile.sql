-- The first width hashes of a tile of the log, NULL when the log does not have so many of it.
CREATE FUNCTION api.tile(level int, index bigint, width int) RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
BEGIN
	IF level NOT BETWEEN 0 AND 7 OR index < 0 OR index > 9007199254740991 OR width NOT BETWEEN 1 AND 256 THEN
		RETURN NULL;
	END IF;
	RETURN core.tile(level, index, width);
END $$;
