-- Writes redemptions that were decided, in their order, each with its request: debit P2100, credit P2400. Numbers entries without a gap,
-- gives each posting its account's next version and the balance after it. Answers each with its leaf.
CREATE FUNCTION core.redeem(taken core.redeeming[], base timestamptz, last_request bigint, leaf_next bigint, rule ledger.rule,
	protected bytea[], payload bytea[], signature bytea[]) RETURNS SETOF core.said
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	today      CONSTANT date := core.shanghai_date(base);
	last_entry CONSTANT bigint := coalesce((SELECT max(e.number) FROM ledger.entry e), 0);
BEGIN
	RETURN QUERY
	WITH asked AS MATERIALIZED (
		SELECT t.*, sum(t.points) OVER purse AS moved, row_number() OVER purse AS step, sum(t.points) OVER shop AS shop_moved, row_number() OVER shop AS shop_step
		FROM (SELECT u.*, row_number() OVER () AS nth FROM unnest(taken) AS u) AS t
		WINDOW purse AS (PARTITION BY t.purse ORDER BY t.nth), shop AS (PARTITION BY t.shop_account ORDER BY t.nth)
	), account AS (
		UPDATE ledger.account a SET balance = a.balance + m.points, version = a.version + m.steps
		FROM (SELECT x.purse AS id, sum(x.points) AS points, count(*) AS steps FROM asked x GROUP BY x.purse
			UNION ALL SELECT x.shop_account, -sum(x.points), count(*) FROM asked x GROUP BY x.shop_account) AS m
		WHERE a.id = m.id RETURNING a.id, (a.balance - m.points)::bigint AS balance, a.version - m.steps AS version
	), lot AS (
		UPDATE ledger.lot l SET remaining = l.remaining + p.amount
		FROM (SELECT u.id, sum(u.amount) AS amount FROM asked x, unnest(x.lots, x.amounts) AS u (id, amount) GROUP BY u.id) AS p WHERE l.id = p.id
	), made AS MATERIALIZED (
		SELECT a.*, (v.balance + a.moved)::bigint AS balance, v.version + a.step AS version,
			(c.balance - a.shop_moved)::bigint AS shop_balance, c.version + a.shop_step AS shop_version, base + (a.nth - 1) * interval '1 microsecond' AS recorded_at,
			last_entry + a.nth AS entry, last_request + a.nth AS request, a.points * rule.fen_per_point AS fen,
			'{"entry":' || last_entry + a.nth || ',"points":"' || a.points || '","shop":"' || a.code || '","volunteer":' || a.volunteer || '}' AS result
		FROM asked a JOIN account v ON v.id = a.purse JOIN account c ON c.id = a.shop_account
	), entry AS (
		INSERT INTO ledger.entry (number, kind, book, occurred_on, recorded_at, request)
		SELECT m.entry, 'redemption', 'points', today, m.recorded_at, m.request FROM made m
	), posting AS (
		INSERT INTO ledger.posting (entry, line, account, amount, version, balance, lots, lot_amounts)
		SELECT m.entry, 1, m.purse, m.points, m.version, m.balance, m.lots, m.amounts FROM made m
		UNION ALL SELECT m.entry, 2, m.shop_account, -m.points, m.shop_version, m.shop_balance, NULL, NULL FROM made m
	), redemption AS (
		INSERT INTO ledger.redemption (entry, shop, volunteer, points, fen, operator, goods, request)
		SELECT m.entry, m.shop, m.volunteer, m.points, m.fen, m.operator, m.goods, m.request FROM made m
	), daily_use AS (
		INSERT INTO ledger.daily_use AS u (id, day, kind, points)
		SELECT m.operator, today, 't'::"char", sum(m.points) FROM made m GROUP BY m.operator
		UNION ALL SELECT m.volunteer, today, 'v', sum(m.points) FROM made m GROUP BY m.volunteer
		ON CONFLICT (id, day, kind) DO UPDATE SET points = u.points + excluded.points
	), request AS (
		INSERT INTO ledger.request (number, operator, jti, op, hash, protected, payload, signature, recorded_at, leaf_first, leaf_count, result)
		SELECT m.request, m.operator, m.jti, 'redemption_make', m.hash, protected[m.place], payload[m.place], signature[m.place],
			m.recorded_at, leaf_next + m.nth - 1, 1, m.result::jsonb FROM made m
	)
	SELECT m.place, NULL::text, m.result, leaf_next + m.nth - 1, '"book":"points","entry":' || m.entry,
		'"kind":"redemption","occurred_on":"' || today || '","postings":[{"account":"P2100","amount":"' || m.points || '","balance":"' || m.balance
			|| '","lots":[' || m.lots_text || '],"owner":' || m.volunteer || ',"version":' || m.version
			|| '},{"account":"P2400","amount":"-' || m.points || '","balance":"' || m.shop_balance || '","owner":' || m.shop
			|| ',"version":' || m.shop_version || '}],"recorded_at":"' || core.utc_text(m.recorded_at) || '"',
		'"rows":{"redemption":[{"entry":' || m.entry || ',"fen":"' || m.fen || '"' || coalesce(',"goods":' || to_json(m.goods), '')
			|| ',"operator":' || m.operator || ',"points":"' || m.points || '","request":' || m.request || ',"shop":' || m.shop
			|| ',"volunteer":' || m.volunteer || '}]},"salt":"' || core.salt() || '"'
	FROM made m ORDER BY m.nth;
END $$;
