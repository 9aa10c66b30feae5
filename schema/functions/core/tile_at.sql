-- A tile as it stood when the log had that size, whole or in part; NULL when there was none.
CREATE FUNCTION core.tile_at(level int, index bigint, size bigint) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
DECLARE
	width CONSTANT bigint := least(256, (size >> 8 * level) - index * 256);
BEGIN
	RETURN CASE WHEN width > 0 THEN core.tile(level, index, width::int) END;
END $$;
