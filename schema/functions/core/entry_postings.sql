-- The postings of entries for people and books: the account's number and title, whose it is, what it is restricted to, debit positive.
CREATE FUNCTION core.entry_postings(entries bigint[]) RETURNS TABLE (entry bigint, postings jsonb)
LANGUAGE sql STABLE AS $$
	SELECT p.entry, jsonb_agg(jsonb_strip_nulls(jsonb_build_object('account', a.number, 'title', c.name, 'owner_kind', c.owner,
		'owner', CASE WHEN c.owner IN ('fund', 'shop') THEN n.code WHEN c.owner = 'volunteer' THEN a.owner::text END,
		'fund', CASE WHEN c.owner = 'fund' THEN n.code END, 'restricted', CASE WHEN a.restricted THEN true END,
		'purpose', u.label, 'amount', p.amount::text, 'balance', p.balance::text, 'version', p.version)) ORDER BY p.line)
	FROM ledger.posting p JOIN ledger.account a ON a.id = p.account JOIN ledger.chart c ON c.number = a.number
	LEFT JOIN ledger.node n ON c.owner IN ('fund', 'shop') AND n.id = a.owner LEFT JOIN ledger.purpose u ON u.id = a.purpose
	WHERE p.entry = ANY (entries) GROUP BY p.entry
$$;
