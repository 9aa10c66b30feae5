-- Redemptions at the shops of the caller's part of the tree, the oldest first, with what was given back of each.
CREATE FUNCTION op.redemption_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most  CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	after CONSTANT bigint := coalesce(core.cursor_decode(input ->> 'cursor'), 0);
	place ledger.node := core.node_named(caller, input ->> 'shop', 'shop');
BEGIN
	IF input ? 'shop' AND place.id IS NULL THEN
		RETURN core.refuse('unknown_shop', 'shop', jsonb_build_object('code', input ->> 'shop'));
	END IF;
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('entry', entry, 'date', occurred_on, 'shop', code,
			'volunteer', volunteer, 'points', points::text, 'refunded', refunded::text, 'fen', fen::text,
			'operator', operator, 'goods', goods)) ORDER BY entry), array_agg(entry ORDER BY entry), most)
		FROM (SELECT m.*, n.code, e.occurred_on,
				coalesce((SELECT sum(f.points) FROM ledger.redemption_refund f WHERE f.redemption = m.entry), 0) AS refunded
			FROM unnest(core.redemptions_listed(caller, place.id, (input ->> 'volunteer')::bigint, after, most + 1)) AS listed (entry)
			CROSS JOIN LATERAL (SELECT x.* FROM ledger.redemption x WHERE x.entry = listed.entry LIMIT 1) AS m
			CROSS JOIN LATERAL (SELECT x.code FROM ledger.node x WHERE x.id = m.shop LIMIT 1) AS n
			CROSS JOIN LATERAL (SELECT x.occurred_on FROM ledger.entry x WHERE x.number = m.entry LIMIT 1) AS e) AS found));
END $$;
