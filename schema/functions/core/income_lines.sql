-- Lines of income as they were asked, with what they name looked up; fund NULL: not in the caller's scope. Each look-up is made by
-- itself (LIMIT): a plan made while the ledger was young would join all nodes, campaigns and purposes.
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
	LEFT JOIN LATERAL (SELECT x.id FROM ledger.node x WHERE x.code = l.fund AND core.in_scope(caller, x.path) LIMIT 1) AS n ON true
	LEFT JOIN LATERAL (SELECT x.node FROM ledger.fund x WHERE x.node = n.id LIMIT 1) AS f ON true
	LEFT JOIN LATERAL (SELECT x.id, x.starts_on, x.ends_on FROM ledger.campaign x WHERE x.code = l.campaign AND x.fund = f.node LIMIT 1) AS c ON true
	LEFT JOIN LATERAL (SELECT x.id FROM ledger.purpose x WHERE x.label = l.purpose LIMIT 1) AS p ON true
$$;
