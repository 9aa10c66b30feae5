-- The postings of entries for people and books: the account's number and title, whose it is, what it is restricted to, debit positive.
-- What an account had after it is for those in whose scope its owner lies: who redeems elsewhere shows a shop's manager no balance.
CREATE FUNCTION core.entry_postings(caller core.caller, entries bigint[]) RETURNS TABLE (entry bigint, postings jsonb)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	homes CONSTANT ltree[] := core.homes_seen(caller);
	whole CONSTANT boolean := EXISTS (SELECT FROM ledger.node n WHERE n.parent IS NULL AND n.path <@ homes);
BEGIN
	RETURN QUERY SELECT p.entry, jsonb_agg(jsonb_strip_nulls(jsonb_build_object('account', a.number, 'title', c.name, 'owner_kind', c.owner,
		'owner', CASE WHEN c.owner IN ('fund', 'shop') THEN n.code WHEN c.owner = 'volunteer' THEN a.owner::text END,
		'fund', CASE WHEN c.owner = 'fund' THEN n.code END, 'restricted', CASE WHEN a.restricted THEN true END,
		'purpose', u.label, 'amount', p.amount::text, 'balance', CASE WHEN whole OR core.in_scope(caller, n.path)
			AND (c.owner <> 'volunteer' OR n.path <@ homes) THEN p.balance::text END, 'version', p.version)) ORDER BY p.line)
	FROM ledger.posting p JOIN ledger.account a ON a.id = p.account JOIN ledger.chart c ON c.number = a.number
	LEFT JOIN ledger.volunteer v ON c.owner = 'volunteer' AND v.number = a.owner
	LEFT JOIN ledger.node n ON n.id = CASE WHEN c.owner = 'volunteer' THEN v.community WHEN c.owner IN ('fund', 'shop') THEN a.owner END
	LEFT JOIN ledger.purpose u ON u.id = a.purpose
	WHERE p.entry = ANY (entries) GROUP BY p.entry;
END $$;
