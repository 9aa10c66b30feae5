-- The first entries from one number to another that touch an account of somebody in the caller's scope: of one kind or fund (by its node)
-- where these are not NULL. The indexes of kinds and of money serve only a plan that knows what is asked for. OFFSET keeps the planner from
-- joining the postings of all entries.
CREATE FUNCTION core.entries_listed(caller core.caller, first bigint, last bigint, most int, kind text, fund int) RETURNS SETOF ledger.entry
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	homes CONSTANT ltree[] := core.homes_seen(caller);
	whole CONSTANT boolean := core.whole(homes);
BEGIN
	RETURN QUERY SELECT e.* FROM ledger.entry e
		WHERE e.number BETWEEN first AND last
		AND (entries_listed.kind IS NULL OR e.kind = entries_listed.kind)
		AND (fund IS NULL OR e.book = 'money')
		AND (fund IS NULL OR EXISTS (SELECT FROM ledger.posting p
			CROSS JOIN LATERAL (SELECT x.owner FROM ledger.account x WHERE x.id = p.account LIMIT 1) AS a
			WHERE p.entry = e.number AND a.owner = fund OFFSET 0))
		AND (whole OR EXISTS (SELECT FROM core.accounts_seen(e.number, caller, homes) OFFSET 0))
		ORDER BY e.number LIMIT most;
END $$;
