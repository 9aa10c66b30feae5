-- The leaves from one index to another. They are kept in runs of up to 64.
CREATE FUNCTION core.leaves(first bigint, last bigint) RETURNS TABLE (index bigint, body bytea)
LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
	SELECT l.first + u.place - 1, u.body FROM ledger.leaf l CROSS JOIN LATERAL unnest(l.bodies) WITH ORDINALITY AS u (body, place)
	WHERE l.first > leaves.first - 64 AND l.first <= leaves.last AND l.first + u.place - 1 BETWEEN leaves.first AND leaves.last;
END;
