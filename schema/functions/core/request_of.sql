-- The number of the request that added a leaf; NULL when there is no such leaf. Both are numbered in the same order, and a request has
-- a leaf at least: its number is found by halving.
CREATE FUNCTION core.request_of(leaf bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
	low    bigint := 1;
	high   bigint := (SELECT max(q.number) FROM ledger.request q);
	middle bigint;
BEGIN
	WHILE low < high LOOP
		middle := (low + high + 1) / 2;
		IF (SELECT q.leaf_first FROM ledger.request q WHERE q.number = middle) <= leaf THEN
			low := middle;
		ELSE
			high := middle - 1;
		END IF;
	END LOOP;
	RETURN (SELECT q.number FROM ledger.request q WHERE q.number = low AND leaf >= q.leaf_first AND leaf < q.leaf_first + q.leaf_count);
END $$;
