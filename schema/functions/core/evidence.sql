-- All that the daemon needs to write receipts of the leaves first .. last against the checkpoint of a size: the leaves, the
-- checkpoint, and the tiles of which the two proofs of first and last are made. NULL when a leaf is not sealed yet, and for closed
-- leaves without salt (from before there was any): their hashes would tell what they say to whoever tries all balances.
CREATE FUNCTION core.evidence(first bigint, last bigint, at_size bigint, closed boolean DEFAULT false) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	point  ledger.checkpoint;
	leaves jsonb;
	salted boolean;
	tiles  jsonb;
BEGIN
	SELECT c.* INTO point FROM ledger.checkpoint c WHERE c.size = at_size;
	SELECT jsonb_agg(core.base64(l.body) ORDER BY l.index),
			bool_and(NOT closed OR convert_from(l.body, 'UTF8')::jsonb ? 'salt') INTO leaves, salted
		FROM core.leaves(first, last) l;
	IF point.size IS NULL OR leaves IS NULL OR last >= at_size OR jsonb_array_length(leaves) IS DISTINCT FROM (last - first + 1)::int OR NOT salted THEN
		RETURN NULL;
	END IF;
	SELECT jsonb_agg(jsonb_build_object('level', t.level, 'index', t.index, 'hashes', core.base64(core.tile_at(t.level, t.index, at_size)))
			ORDER BY t.level, t.index) INTO tiles
		FROM (SELECT DISTINCT l.level, i.index FROM generate_series(0, 7) AS l (level),
				unnest(ARRAY[first >> 8 * (l.level + 1), last >> 8 * (l.level + 1), at_size >> 8 * (l.level + 1)]) AS i (index)
			WHERE i.index * 256 < at_size >> 8 * l.level) AS t;
	RETURN jsonb_build_object('index', first, 'last', last, 'size', point.size, 'root', core.base64(point.root), 'closed', closed,
		'lines', (SELECT jsonb_agg(core.base64(substr(point.signature, at, 68)) ORDER BY at)
			FROM generate_series(1, octet_length(point.signature), 68) AS at),
		'leaves', leaves, 'tiles', tiles);
END $$;
