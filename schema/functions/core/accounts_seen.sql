-- The accounts of an entry whose owner is in the caller's scope: a fund, a shop, a volunteer of a community. Volunteers' points are nothing
-- for those who only handle money, who have no homes. Each is looked up by itself (LIMIT): a plan for many entries would read all postings.
CREATE FUNCTION core.accounts_seen(entry bigint, caller core.caller, homes ltree[]) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
	SELECT p.account FROM core.postings_of(accounts_seen.entry) p
	CROSS JOIN LATERAL (SELECT x.number, x.owner FROM ledger.account x WHERE x.id = p.account LIMIT 1) AS a
	CROSS JOIN LATERAL (SELECT x.owner FROM ledger.chart x WHERE x.number = a.number LIMIT 1) AS c
	LEFT JOIN LATERAL (SELECT x.community FROM ledger.volunteer x WHERE c.owner = 'volunteer' AND x.number = a.owner LIMIT 1) AS v ON true
	CROSS JOIN LATERAL (SELECT x.path FROM ledger.node x
		WHERE x.id = CASE WHEN c.owner = 'volunteer' THEN v.community WHEN c.owner IN ('fund', 'shop') THEN a.owner END LIMIT 1) AS n
	WHERE core.in_scope(accounts_seen.caller, n.path) AND (c.owner <> 'volunteer' OR n.path <@ homes)
$$;
