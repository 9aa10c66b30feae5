-- Every movement of a volunteer's points, by the version of the account: how much, what was left, at which shop.
CREATE FUNCTION op.points_history(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	who  CONSTANT bigint := (input ->> 'volunteer')::bigint;
	view text := core.volunteer_view(caller, who);
BEGIN
	IF view IS NULL OR view = 'served' THEN
		RETURN core.refuse('unknown_volunteer', 'volunteer', jsonb_build_object('volunteer', who));
	END IF;
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('version', version, 'entry', entry, 'date', occurred_on,
			'kind', kind, 'points', (-amount)::text, 'balance', (-balance)::text, 'shop', shop)) ORDER BY version),
			array_agg(version ORDER BY version), most)
		FROM (SELECT p.version, p.entry, e.occurred_on, e.kind, p.amount, p.balance, n.code AS shop
			FROM (SELECT x.id FROM ledger.account x WHERE x.owner = who AND x.number = 'P2100' AND x.purpose = 0 AND NOT x.restricted LIMIT 1) AS a
			CROSS JOIN LATERAL (SELECT x.* FROM core.postings_after(a.id, core.cursor_decode(input ->> 'cursor'), most + 1, a.id) AS x
				ORDER BY x.version LIMIT most + 1) AS p
			CROSS JOIN LATERAL (SELECT x.occurred_on, x.kind FROM ledger.entry x WHERE x.number = p.entry LIMIT 1) AS e
			LEFT JOIN LATERAL (SELECT x.shop FROM ledger.redemption x WHERE x.entry = p.entry LIMIT 1) AS m ON true
			LEFT JOIN LATERAL (SELECT x.shop FROM ledger.redemption_refund x WHERE x.entry = p.entry LIMIT 1) AS f ON true
			LEFT JOIN LATERAL (SELECT x.code FROM ledger.node x WHERE x.id = coalesce(m.shop, f.shop) LIMIT 1) AS n ON true
			ORDER BY p.version) AS listed));
END $$;
