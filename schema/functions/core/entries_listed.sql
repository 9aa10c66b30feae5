-- The first entries from one number to another that touch an account of somebody in the caller's scope: of one kind or fund (by its node)
-- where these are not NULL. The indexes of kinds and of money serve only a plan that knows what is asked for. OFFSET keeps the planner from
-- joining the postings of all entries. Of a fund with few postings these are read (LIMIT: those of each account by themselves) instead
-- of the entries of all funds between them; where it has many, a page is full before long, but for the one after its last entry.
CREATE FUNCTION core.entries_listed(caller core.caller, first bigint, last bigint, most int, kind text, fund int) RETURNS SETOF ledger.entry
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
	few     CONSTANT int := 1000;
	homes   CONSTANT ltree[] := core.homes_seen(caller);
	whole   CONSTANT boolean := core.whole(homes);
	touched bigint[];   -- the entries of a fund with few postings; NULL: they are looked for
BEGIN
	IF fund IS NOT NULL AND (SELECT coalesce(sum(a.version), 0) FROM ledger.account a WHERE a.owner = fund) <= few THEN
		touched := ARRAY(SELECT DISTINCT p.entry FROM ledger.account a
			CROSS JOIN LATERAL (SELECT x.entry FROM ledger.posting x WHERE x.account = a.id LIMIT few) AS p WHERE a.owner = fund);
	END IF;
	RETURN QUERY SELECT e.* FROM ledger.entry e
		WHERE e.number BETWEEN first AND last
		AND (entries_listed.kind IS NULL OR e.kind = entries_listed.kind)
		AND (touched IS NULL OR e.number = ANY (touched))
		AND (fund IS NULL OR e.book = 'money')
		AND (fund IS NULL OR touched IS NOT NULL OR EXISTS (SELECT FROM ledger.posting p
			CROSS JOIN LATERAL (SELECT x.owner FROM ledger.account x WHERE x.id = p.account LIMIT 1) AS a
			WHERE p.entry = e.number AND a.owner = fund OFFSET 0))
		AND (whole OR EXISTS (SELECT FROM core.accounts_seen(e.number, caller, homes) OFFSET 0))
		ORDER BY e.number LIMIT most;
END $$;
