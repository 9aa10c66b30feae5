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
			FROM ledger.account a
			JOIN ledger.posting p ON p.account = a.id
			JOIN ledger.entry e ON e.number = p.entry
			LEFT JOIN ledger.redemption m ON m.entry = e.number
			LEFT JOIN ledger.redemption_refund f ON f.entry = e.number
			LEFT JOIN ledger.node n ON n.id = coalesce(m.shop, f.shop)
			WHERE a.owner = who AND a.number = 'P2100' AND a.purpose = 0 AND NOT a.restricted
			AND p.version > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY p.version LIMIT most + 1) AS listed));
END $$;
