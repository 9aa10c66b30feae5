-- The last request that was carried out, and the index that the next leaf will have.
CREATE FUNCTION core.last_request(OUT number bigint, OUT leaf_next bigint, OUT recorded_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	SELECT q.number, q.leaf_first + q.leaf_count, q.recorded_at INTO number, leaf_next, recorded_at
		FROM ledger.request q ORDER BY q.number DESC LIMIT 1;
	number := coalesce(number, 0);
	leaf_next := coalesce(leaf_next, 0);
END $$;
