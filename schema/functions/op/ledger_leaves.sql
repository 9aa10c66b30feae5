-- Leaves of the log from an index on, as they were sealed, and where to go on. Of the whole ledger, or what concerns the caller's part of
-- it or one node, with the registry (core.leaves_of). For a part at most 4,000 leaves are looked at: a page may be short, even empty.
CREATE FUNCTION op.ledger_leaves(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	first CONSTANT bigint := (input ->> 'from')::bigint;
	most  CONSTANT int := coalesce((input ->> 'limit')::int, 500);
	size  CONSTANT bigint := coalesce((SELECT l.first + cardinality(l.bodies) FROM ledger.leaf l ORDER BY l.first DESC LIMIT 1), 0);
	top   ledger.node := core.node_named(caller, input ->> 'node');
	paths ltree[];
	past  bigint := least(first + most, size);   -- where the next page begins
	seen  bigint[];
	page  jsonb;
BEGIN
	IF input ? 'node' AND top.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'node', jsonb_build_object('code', input ->> 'node'));
	END IF;
	paths := core.audited_paths(caller, top);
	IF paths IS NULL THEN
		page := (SELECT jsonb_agg(jsonb_build_object('index', l.index, 'leaf', core.base64url(l.body)) ORDER BY l.index)
			FROM core.leaves(first, past - 1) AS l);
	ELSE
		past := least(first + 4000, size);
		seen := (SELECT array_agg(i.index ORDER BY i.index) FROM core.leaves_of(paths, first, past - 1) AS i (index));
		IF cardinality(seen) > most THEN
			past := seen[most + 1];
			seen := seen[:most];
		END IF;
		page := (SELECT jsonb_agg(jsonb_build_object('index', l.index, 'leaf', core.base64url(l.body)) ORDER BY l.index)
			FROM core.leaves(seen[1], seen[cardinality(seen)]) AS l WHERE l.index = ANY (seen));
	END IF;
	RETURN core.done(jsonb_strip_nulls(jsonb_build_object('rows', coalesce(page, '[]'), 'next', CASE WHEN past < size THEN past END)));
END $$;
