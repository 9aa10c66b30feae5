-- What a fund has at this moment, every figure positive in the usual case: in the bank, other assets, payables, net assets
-- free and restricted, and what a purpose has left.
CREATE FUNCTION core.fund_money(fund int, purpose int DEFAULT 0,
	OUT bank bigint, OUT other_assets bigint, OUT payable bigint, OUT unrestricted bigint, OUT restricted bigint, OUT of_purpose bigint)
LANGUAGE sql STABLE AS $$
	SELECT coalesce(sum(a.balance) FILTER (WHERE a.number = '1002'), 0),
		coalesce(sum(a.balance) FILTER (WHERE a.number LIKE '1%' AND a.number <> '1002'), 0),
		-coalesce(sum(a.balance) FILTER (WHERE a.number LIKE '2%'), 0),
		-coalesce(sum(a.balance) FILTER (WHERE a.number ~ '^[345]' AND NOT a.restricted), 0),
		-coalesce(sum(a.balance) FILTER (WHERE a.number ~ '^[345]' AND a.restricted), 0),
		-coalesce(sum(a.balance) FILTER (WHERE a.number ~ '^[345]' AND a.restricted AND a.purpose = fund_money.purpose), 0)
	FROM ledger.account a WHERE a.owner = fund_money.fund AND a.number NOT LIKE 'P%'
$$;
