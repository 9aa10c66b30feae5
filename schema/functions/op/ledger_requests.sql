-- Signed requests from a number on, as they were sent, with what they were answered. Of the whole ledger, or those of which every leaf
-- is for the caller's part of it, or for one node (core.leaves_of): another one shows lines of others. A page ends after four million
-- bytes, and for a part of the ledger after the request with which 4,000 leaves were looked at: it may be short, even empty.
CREATE FUNCTION op.ledger_requests(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	first  CONSTANT bigint := (input ->> 'from')::bigint;
	most   CONSTANT int := coalesce((input ->> 'limit')::int, 200);
	top    ledger.node := core.node_named(caller, input ->> 'node');
	paths  ltree[];
	seen   bigint[];
	looked bigint := 0;     -- at so many leaves
	bytes  bigint := 0;     -- of what was found
	past   bigint := first; -- where the next page begins
	q      ledger.request;
	page   jsonb[] := '{}'::jsonb[];
BEGIN
	IF input ? 'node' AND top.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'node', jsonb_build_object('code', input ->> 'node'));
	END IF;
	paths := core.audited_paths(caller, top);
	IF paths IS NOT NULL THEN
		SELECT x.* INTO q FROM ledger.request x WHERE x.number >= first ORDER BY x.number LIMIT 1;
		seen := (SELECT array_agg(i.index)
			FROM core.leaves_of(paths, q.leaf_first, q.leaf_first + greatest(4000, q.leaf_count) - 1) AS i (index));
	END IF;
	FOR q IN SELECT x.* FROM ledger.request x WHERE x.number >= first ORDER BY x.number LOOP
		looked := looked + q.leaf_count;
		EXIT WHEN cardinality(page) = most OR bytes > 4000000 OR paths IS NOT NULL AND looked > 4000 AND looked > q.leaf_count;
		past := q.number + 1;
		CONTINUE WHEN paths IS NOT NULL
			AND q.leaf_count > (SELECT count(*) FROM unnest(seen) AS i (index)
				WHERE i.index >= q.leaf_first AND i.index < q.leaf_first + q.leaf_count);
		bytes := bytes + octet_length(q.payload);
		page := page || jsonb_build_object('number', q.number, 'first', q.leaf_first, 'count', q.leaf_count, 'op', q.op, 'operator', q.operator,
			'recorded_at', core.utc_text(q.recorded_at), 'result', q.result,
			'jws', core.base64url(q.protected) || '.' || core.base64url(q.payload) || '.' || core.base64url(q.signature));
	END LOOP;
	RETURN core.done(jsonb_strip_nulls(jsonb_build_object('next', CASE WHEN past <= (SELECT max(x.number) FROM ledger.request x) THEN past END))
		|| jsonb_build_object('rows', to_jsonb(page)));
END $$;
