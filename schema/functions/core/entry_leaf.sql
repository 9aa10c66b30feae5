-- The leaf that posts an entry of a request: its only one, or one of many. Entries stand in the order of the leaves, mostly one in
-- each: then it is as far from the first leaf as the entry is from the first leaf's; else every leaf is looked at.
CREATE FUNCTION core.entry_leaf(entry bigint, request bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
DECLARE
	first bigint;
	last  bigint;
	place bigint;
BEGIN
	SELECT q.leaf_first, q.leaf_first + q.leaf_count - 1 INTO first, last FROM ledger.request q WHERE q.number = request;
	IF last = first THEN
		RETURN first;
	END IF;
	place := first + entry - (SELECT core.leaf_entry(l.body) FROM core.leaves(first, first) l LIMIT 1);
	IF place <= last AND (SELECT core.leaf_entry(l.body) FROM core.leaves(place, place) l LIMIT 1) = entry THEN
		RETURN place;
	END IF;
	RETURN (SELECT l.index FROM core.leaves(first, last) l WHERE core.leaf_entry(l.body) = entry LIMIT 1);
END $$;
