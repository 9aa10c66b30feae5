-- The first entries from one number to another that touch an account of somebody in the caller's scope: a fund, a shop, a volunteer of a
-- community; of one kind, book or fund (by its node) where these are not NULL. Volunteers' points are nothing for those who only handle money.
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
		AND (fund IS NULL OR e.book = 'money' AND EXISTS (SELECT FROM ledger.posting p JOIN ledger.account a ON a.id = p.account
			WHERE p.entry = e.number AND a.owner = fund))
		AND (whole OR EXISTS (SELECT FROM ledger.posting p JOIN ledger.account a ON a.id = p.account JOIN ledger.chart c ON c.number = a.number
			LEFT JOIN ledger.volunteer v ON c.owner = 'volunteer' AND v.number = a.owner
			JOIN ledger.node n ON n.id = CASE WHEN c.owner = 'volunteer' THEN v.community WHEN c.owner IN ('fund', 'shop') THEN a.owner END
			WHERE p.entry = e.number AND core.in_scope(caller, n.path) AND (c.owner <> 'volunteer' OR n.path <@ homes)))
		ORDER BY e.number LIMIT most;
END $$;
