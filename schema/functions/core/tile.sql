-- The first width hashes of a tile, NULL when there are not so many of it yet: of a full tile as it is kept, of an open one from
-- the leaves, or from the roots of the full tiles below.
CREATE FUNCTION core.tile(level int, index bigint, width int) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
DECLARE
	first CONSTANT bigint := index * 256;
	kept  bytea := (SELECT CASE width WHEN 256 THEN t.hashes ELSE substr(t.hashes, 1, width * 32) END
		FROM ledger.tile t WHERE t.level = tile.level AND t.index = tile.index);
BEGIN
	IF kept IS NOT NULL OR width = 256 THEN
		RETURN kept;
	ELSIF level = 0 THEN
		kept := (SELECT string_agg(sha256('\x00'::bytea || body), '') FROM (SELECT l.body
			FROM core.leaves(first, first + width - 1) l ORDER BY l.index) AS l);
	ELSE
		kept := (SELECT string_agg(root, '') FROM (SELECT r.root
			FROM ledger.tile_root r WHERE r.level = tile.level - 1 AND r.index >= first AND r.index < first + width ORDER BY r.index) AS r);
	END IF;
	RETURN CASE WHEN octet_length(kept) = width * 32 THEN kept END;
END $$;
