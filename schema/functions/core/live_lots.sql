-- The lots of a purse that have points left on a day, the first to expire first, and what remains of each: at most so many.
CREATE FUNCTION core.live_lots(purse bigint, today date, most int, OUT lots bigint[], OUT amounts bigint[])
LANGUAGE plpgsql STABLE AS $$
BEGIN
	SELECT array_agg(l.id), array_agg(l.remaining) INTO lots, amounts
		FROM (SELECT o.id, o.remaining FROM ledger.lot o WHERE o.account = purse AND o.expires_on >= today AND o.remaining > 0
			ORDER BY o.expires_on, o.id LIMIT most) AS l;
END $$;
