-- Writes redemptions that were decided, in their order, each with its request: debit P2100, credit P2400. Answers each with its leaf.
CREATE FUNCTION core.redeem(taken core.redeeming[], caller core.caller, leaf_next bigint, rule ledger.rule,
	protected bytea[], payload bytea[], signature bytea[]) RETURNS SETOF core.said
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	last_entry CONSTANT bigint := coalesce((SELECT max(e.number) FROM ledger.entry e), 0);
	lines      core.line[];
	tails      text[];
	requests   bigint[];
	leaves     core.piece[];
BEGIN
	SELECT array_agg(ROW(t.nth, t.purse, t.points, 0, t.lots, t.amounts)::core.line) || array_agg(ROW(t.nth, t.shop_account, -t.points, 0, NULL, NULL)::core.line),
		array_agg('"rows":{"redemption":[{"entry":' || last_entry + t.nth || ',"fen":"' || t.points * rule.fen_per_point || '"'
			|| coalesce(',"goods":' || to_json(t.goods), '') || ',"operator":' || t.operator || ',"points":"' || t.points
			|| '","request":' || caller.request + t.nth - 1 || ',"shop":' || t.shop || ',"volunteer":' || t.volunteer || '}]},"salt":"' || core.salt() || '"'),
		array_agg(caller.request + t.nth - 1)
		INTO lines, tails, requests FROM (SELECT u.*, row_number() OVER () AS nth FROM unnest(taken) AS u) AS t;
	leaves := core.post_entries(caller, 'redemption', 'points', caller.today, lines, NULL, tails, NULL, requests);
	RETURN QUERY
	WITH made AS MATERIALIZED (
		SELECT t.*, last_entry + t.nth AS entry, caller.request + t.nth - 1 AS request,
			'{"entry":' || last_entry + t.nth || ',"points":"' || t.points || '","shop":"' || t.code || '","volunteer":' || t.volunteer || '}' AS result
		FROM (SELECT u.*, row_number() OVER () AS nth FROM unnest(taken) AS u) AS t
	), lot AS (
		UPDATE ledger.lot l SET remaining = l.remaining + p.amount
		FROM (SELECT u.id, sum(u.amount) AS amount FROM made m, unnest(m.lots, m.amounts) AS u (id, amount) GROUP BY u.id) AS p WHERE l.id = p.id
	), redemption AS (
		INSERT INTO ledger.redemption (entry, shop, volunteer, points, fen, operator, goods, request)
		SELECT m.entry, m.shop, m.volunteer, m.points, m.points * rule.fen_per_point, m.operator, m.goods, m.request FROM made m
	), daily_use AS (
		INSERT INTO ledger.daily_use AS u (id, day, kind, points)
		SELECT m.operator, caller.today, 't'::"char", sum(m.points) FROM made m GROUP BY m.operator
		UNION ALL SELECT m.volunteer, caller.today, 'v', sum(m.points) FROM made m GROUP BY m.volunteer
		ON CONFLICT (id, day, kind) DO UPDATE SET points = u.points + excluded.points
	), request AS (
		INSERT INTO ledger.request (number, operator, jti, op, hash, protected, payload, signature, recorded_at, leaf_first, leaf_count, result)
		SELECT m.request, m.operator, m.jti, 'redemption_make', m.hash, protected[m.place], payload[m.place], signature[m.place],
			caller.recorded_at + (m.nth - 1) * interval '1 microsecond', leaf_next + m.nth - 1, 1, m.result::jsonb FROM made m
	)
	SELECT m.place, NULL::text, m.result, leaf_next + m.nth - 1, l.head, l.middle, l.tail
	FROM made m JOIN unnest(leaves) WITH ORDINALITY AS l (head, middle, tail, nth) ON l.nth = m.nth ORDER BY m.nth;
END $$;
