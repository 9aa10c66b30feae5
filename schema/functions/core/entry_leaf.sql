-- The leaf that posts an entry of a request. Entries stand in the order of the leaves, mostly one in each: then it is as far from the
-- first leaf as the entry is from the first leaf's; else every leaf is looked at.
CREATE FUNCTION core.entry_leaf(entry bigint, request bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
DECLARE
	place bigint := (SELECT l.index FROM ledger.request q JOIN ledger.leaf f ON f.index = q.leaf_first
		JOIN ledger.leaf l ON l.index = f.index + entry - core.leaf_entry(f.body)
		WHERE q.number = request AND core.leaf_entry(l.body) = entry);
BEGIN
	IF place IS NULL THEN
		place := (SELECT l.index FROM ledger.request q JOIN ledger.leaf l ON l.index >= q.leaf_first AND l.index < q.leaf_first + q.leaf_count
			WHERE q.number = request AND core.leaf_entry(l.body) = entry);
	END IF;
	RETURN place;
END $$;
