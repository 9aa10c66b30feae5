-- Lines of income as they were asked, with what they name looked up; fund NULL: not in the caller's scope.
CREATE FUNCTION core.income_lines(caller core.caller, asked jsonb) RETURNS TABLE (n int, fund int, channel text, account text,
	campaign_asked text, campaign int, starts_on date, ends_on date, label text, purpose int, amount bigint, donor bytea,
	donor_kind text, anonymous boolean, bank_reference text, note text, occurred_on date)
LANGUAGE sql STABLE AS $$
	SELECT place, f.node, l.channel, core.income_account(l.channel), l.campaign, c.id, c.starts_on, c.ends_on,
		l.purpose, CASE WHEN l.purpose IS NULL THEN 0 ELSE p.id END, l.amount, core.from_base64url(l.donor),
		coalesce(l.donor_kind, 'other'), coalesce(l.anonymous, false), l.bank_reference, l.note, coalesce(l.occurred_on, caller.today)
	FROM jsonb_array_elements(asked) WITH ORDINALITY AS a (line, place),
	     jsonb_to_record(line) AS l (fund text, channel text, campaign text, purpose text, amount bigint, donor text,
			donor_kind text, anonymous boolean, bank_reference text, note text, occurred_on date)
	LEFT JOIN (ledger.fund f JOIN ledger.node n ON n.id = f.node) ON n.code = l.fund AND core.in_scope(caller, n.path)
	LEFT JOIN ledger.campaign c ON c.code = l.campaign AND c.fund = f.node
	LEFT JOIN ledger.purpose p ON p.label = l.purpose
$$;
