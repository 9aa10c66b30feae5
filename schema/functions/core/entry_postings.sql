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
	FROM unnest(entries) AS asked
	CROSS JOIN LATERAL core.postings_of(asked) AS p
	CROSS JOIN LATERAL (SELECT x.* FROM ledger.account x WHERE x.id = p.account LIMIT 1) AS a
	CROSS JOIN LATERAL (SELECT x.* FROM ledger.chart x WHERE x.number = a.number LIMIT 1) AS c
	LEFT JOIN LATERAL (SELECT x.community FROM ledger.volunteer x WHERE c.owner = 'volunteer' AND x.number = a.owner LIMIT 1) AS v ON true
	LEFT JOIN LATERAL (SELECT x.code, x.path FROM ledger.node x
		WHERE x.id = CASE WHEN c.owner = 'volunteer' THEN v.community WHEN c.owner IN ('fund', 'shop') THEN a.owner END LIMIT 1) AS n ON true
	LEFT JOIN LATERAL (SELECT x.label FROM ledger.purpose x WHERE x.id = a.purpose LIMIT 1) AS u ON true
	GROUP BY p.entry;
END $$;
