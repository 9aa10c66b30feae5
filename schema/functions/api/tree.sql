-- What the writer needs to go on with the tree: row (-1, size, root) of the last checkpoint, then the hashes of the leaves after
-- the last full tile of level 0, all that there are, as (0, first leaf, hashes), then the full tiles below each higher level's open tile.
CREATE FUNCTION api.tree() RETURNS TABLE (level int, index bigint, hashes bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	size bigint := coalesce((SELECT max(c.size) FROM ledger.checkpoint c), 0);
BEGIN
	RETURN QUERY SELECT -1, size, (SELECT c.root FROM ledger.checkpoint c ORDER BY c.size DESC LIMIT 1);
	RETURN QUERY SELECT 0, l.index, sha256('\x00'::bytea || l.body) FROM core.leaves(size / 256 * 256, 9223372036854775807) l ORDER BY l.index;
	RETURN QUERY SELECT above, t.index, t.hashes FROM generate_series(1, 7) AS above
		JOIN ledger.tile t ON t.level = above - 1 AND t.index >= (size >> (8 * above)) / 256 * 256
		ORDER BY above, t.index;
END $$;
