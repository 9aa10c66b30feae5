-- The first entries from one number to another that touch an account of somebody in the caller's scope; of one book where that is not NULL.
-- OFFSET keeps the planner from joining the postings of all entries.
CREATE FUNCTION core.entries_visible(caller core.caller, first bigint, last bigint, most int DEFAULT 1, book text DEFAULT NULL)
	RETURNS SETOF ledger.entry
LANGUAGE plpgsql STABLE AS $$
DECLARE
	homes CONSTANT ltree[] := core.homes_seen(caller);
	whole CONSTANT boolean := core.whole(homes);
BEGIN
	RETURN QUERY SELECT e.* FROM ledger.entry e
		WHERE e.number BETWEEN first AND last
		AND (entries_visible.book IS NULL OR e.book = entries_visible.book)
		AND (whole OR EXISTS (SELECT FROM core.accounts_seen(e.number, caller, homes) OFFSET 0))
		ORDER BY e.number LIMIT most;
END $$;
