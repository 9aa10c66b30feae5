-- The first entries from one number to another that touch an account of somebody in the caller's scope: a fund, a shop, a volunteer of a
-- community; of one kind, book or fund (by its node) where these are not NULL. Volunteers' points are nothing for those who only handle money.
-- Each entry's postings and whose they are are looked up by themselves (OFFSET, LIMIT): a plan for many entries would read all postings.
CREATE FUNCTION core.entries_visible(caller core.caller, first bigint, last bigint, most int DEFAULT 1, kind text DEFAULT NULL,
	book text DEFAULT NULL, fund int DEFAULT NULL) RETURNS SETOF ledger.entry
LANGUAGE plpgsql STABLE AS $$
DECLARE
	homes CONSTANT ltree[] := core.homes_seen(caller);
	whole CONSTANT boolean := EXISTS (SELECT FROM ledger.node n WHERE n.parent IS NULL AND n.path <@ homes);
BEGIN
	RETURN QUERY SELECT e.* FROM ledger.entry e
		WHERE e.number BETWEEN first AND last
		AND (entries_visible.kind IS NULL OR e.kind = entries_visible.kind)
		AND (entries_visible.book IS NULL OR e.book = entries_visible.book)
		AND (fund IS NULL OR e.book = 'money' AND EXISTS (SELECT FROM ledger.posting p CROSS JOIN LATERAL (SELECT x.owner FROM ledger.account x WHERE x.id = p.account LIMIT 1) AS a
			WHERE p.entry = e.number AND a.owner = fund OFFSET 0))
		AND (whole OR EXISTS (SELECT FROM core.postings_of(e.number) p
			CROSS JOIN LATERAL (SELECT x.number, x.owner FROM ledger.account x WHERE x.id = p.account LIMIT 1) AS a
			CROSS JOIN LATERAL (SELECT x.owner FROM ledger.chart x WHERE x.number = a.number LIMIT 1) AS c
			LEFT JOIN LATERAL (SELECT x.community FROM ledger.volunteer x WHERE c.owner = 'volunteer' AND x.number = a.owner LIMIT 1) AS v ON true
			CROSS JOIN LATERAL (SELECT x.path FROM ledger.node x
				WHERE x.id = CASE WHEN c.owner = 'volunteer' THEN v.community WHEN c.owner IN ('fund', 'shop') THEN a.owner END LIMIT 1) AS n
			WHERE core.in_scope(caller, n.path) AND (c.owner <> 'volunteer' OR n.path <@ homes) OFFSET 0))
		ORDER BY e.number LIMIT most;
END $$;
