-- What a fund had at the end of a day, summed from its postings; figures as in core.fund_money.
CREATE FUNCTION core.fund_position(fund int, upto date,
	OUT bank bigint, OUT other_assets bigint, OUT payable bigint, OUT unrestricted bigint, OUT restricted bigint)
LANGUAGE sql STABLE AS $$
	SELECT coalesce(sum(p.amount) FILTER (WHERE a.number = '1002'), 0),
		coalesce(sum(p.amount) FILTER (WHERE a.number LIKE '1%' AND a.number <> '1002'), 0),
		-coalesce(sum(p.amount) FILTER (WHERE a.number LIKE '2%'), 0),
		-coalesce(sum(p.amount) FILTER (WHERE a.number ~ '^[345]' AND NOT a.restricted), 0),
		-coalesce(sum(p.amount) FILTER (WHERE a.number ~ '^[345]' AND a.restricted), 0)
	FROM ledger.account a JOIN ledger.posting p ON p.account = a.id JOIN ledger.entry e ON e.number = p.entry
	WHERE a.owner = fund_position.fund AND a.number NOT LIKE 'P%' AND e.occurred_on <= upto
$$;
