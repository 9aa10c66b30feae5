-- The rule in force on a day, or all rules, the oldest first.
CREATE FUNCTION op.rule_show(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	day  CONSTANT date := (input ->> 'date')::date;
	rule ledger.rule := core.rule_on(day);
BEGIN
	IF day IS NOT NULL AND rule.id IS NULL THEN
		RETURN core.refuse('no_rule', 'date', jsonb_build_object('date', day));
	END IF;
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_build_object('rule', id, 'effective_from', effective_from,
			'points', points, 'minutes', minutes, 'daily_minutes', daily_minutes, 'lot_days', lot_days, 'fen_per_point', fen_per_point,
			'till_daily_points', till_daily_points::text, 'volunteer_daily_points', volunteer_daily_points::text) ORDER BY id),
			array_agg(id::bigint ORDER BY id), most)
		FROM (SELECT r.* FROM ledger.rule r
			WHERE (day IS NULL OR r.id = rule.id) AND r.id > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY r.id LIMIT most + 1) AS listed));
END $$;
