-- Redemptions at the shops of the caller's part of the tree, the oldest first, with what was given back of each.
CREATE FUNCTION op.redemption_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most CONSTANT int := coalesce((input ->> 'limit')::int, 50);
BEGIN
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('entry', entry, 'date', occurred_on, 'shop', code,
			'volunteer', volunteer, 'points', points::text, 'refunded', refunded::text, 'fen', fen::text,
			'operator', operator, 'goods', goods)) ORDER BY entry), array_agg(entry ORDER BY entry), most)
		FROM (SELECT m.*, n.code, e.occurred_on,
				coalesce((SELECT sum(f.points) FROM ledger.redemption_refund f WHERE f.redemption = m.entry), 0) AS refunded
			FROM ledger.redemption m
			JOIN ledger.node n ON n.id = m.shop
			JOIN ledger.entry e ON e.number = m.entry
			WHERE core.in_scope(caller, n.path)
			AND (input ->> 'shop' IS NULL OR n.code = input ->> 'shop')
			AND (input ->> 'volunteer' IS NULL OR m.volunteer = (input ->> 'volunteer')::bigint)
			AND m.entry > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY m.entry LIMIT most + 1) AS listed));
END $$;
