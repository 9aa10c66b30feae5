-- The first entries from one number to another that touch an account of somebody in the caller's scope: of one kind or fund (by its node)
-- where these are not NULL. Of a kind by its index, which only a plan for this kind can use; of a fund by the postings of its accounts.
CREATE FUNCTION core.entries_listed(caller core.caller, first bigint, last bigint, most int, kind text, fund int) RETURNS SETOF ledger.entry
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	homes CONSTANT ltree[] := core.homes_seen(caller);
	whole CONSTANT boolean := core.whole(homes);
BEGIN
	IF fund IS NOT NULL THEN
		RETURN QUERY SELECT e.* FROM (SELECT DISTINCT p.entry FROM ledger.account a JOIN ledger.posting p ON p.account = a.id
				WHERE a.owner = fund AND p.entry BETWEEN first AND last ORDER BY p.entry OFFSET 0) AS touched
			CROSS JOIN LATERAL (SELECT x.* FROM ledger.entry x WHERE x.number = touched.entry LIMIT 1) AS e
			WHERE e.book = 'money' AND (entries_listed.kind IS NULL OR e.kind = entries_listed.kind)
			AND (whole OR EXISTS (SELECT FROM core.accounts_seen(e.number, caller, homes) OFFSET 0))
			ORDER BY touched.entry LIMIT most;
	ELSE
		RETURN QUERY SELECT e.* FROM ledger.entry e
			WHERE e.number BETWEEN first AND last
			AND (entries_listed.kind IS NULL OR e.kind = entries_listed.kind)
			AND (whole OR EXISTS (SELECT FROM core.accounts_seen(e.number, caller, homes) OFFSET 0))
			ORDER BY e.number LIMIT most;
	END IF;
END $$;
