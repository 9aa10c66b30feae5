-- The keys among those asked for that somebody has: whose, what each may at shops, and what it has redeemed today.
CREATE FUNCTION core.tills(asked text[], today date, OUT kids text[], OUT operators int[], OUT may core.till[])
LANGUAGE plpgsql STABLE AS $$
BEGIN
	SELECT array_agg(k.kid), array_agg(o.id), array_agg(ROW(r.operator IS NOT NULL, g.nodes, coalesce(d.points, 0))::core.till)
		INTO kids, operators, may
		FROM (SELECT DISTINCT a.kid FROM unnest(asked) AS a (kid)) AS k
		CROSS JOIN LATERAL (SELECT x.id FROM ledger.operator x WHERE x.kid = k.kid LIMIT 1) AS o
		LEFT JOIN LATERAL (SELECT x.operator FROM ledger.operator_revocation x WHERE x.operator = o.id LIMIT 1) AS r ON true
		CROSS JOIN LATERAL core.grants_of(o.id, 'redemption_make') AS g
		LEFT JOIN LATERAL (SELECT x.points FROM ledger.daily_use x WHERE x.operator = o.id AND x.day = today LIMIT 1) AS d ON true;
END $$;
