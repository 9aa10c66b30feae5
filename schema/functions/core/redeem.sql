-- Writes redemptions that were decided, in their order, each with its request: entries, debit P2100, credit P2400; what they spend of lots.
-- Answers each with its leaf. What they change of accounts and daily totals op.redemption_make has summed up and written.
CREATE FUNCTION core.redeem(taken core.redeeming[], base timestamptz, last_request bigint, leaf_next bigint, rule ledger.rule,
	protected bytea[], payload bytea[], signature bytea[]) RETURNS SETOF core.said
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	today      CONSTANT date := core.shanghai_date(base);
	second     CONSTANT text := to_char(base AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.');
	micros     CONSTANT bigint := to_char(base, 'US')::bigint - 1;
	last_entry CONSTANT bigint := coalesce((SELECT max(e.number) FROM ledger.entry e), 0);
BEGIN
	RETURN QUERY
	WITH made AS MATERIALIZED (
		SELECT t.*, last_entry + t.nth AS entry, last_request + t.nth AS request, t.points * rule.fen_per_point AS fen,
			base + (t.nth - 1) * interval '1 microsecond' AS recorded_at,
			'{"entry":' || last_entry + t.nth || ',"points":"' || t.points || '","shop":"' || t.code || '","volunteer":' || t.volunteer || '}' AS result
		FROM (SELECT u.*, row_number() OVER () AS nth FROM unnest(taken) AS u) AS t
	), lot AS (
		UPDATE ledger.lot l SET remaining = l.remaining + p.amount
		FROM (SELECT u.id, sum(u.amount) AS amount FROM made m, unnest(m.lots, m.amounts) AS u (id, amount) GROUP BY u.id) AS p WHERE l.id = p.id
	), entry AS (
		INSERT INTO ledger.entry (number, kind, book, occurred_on, recorded_at, request)
		SELECT m.entry, 'redemption', 'points', today, m.recorded_at, m.request FROM made m
	), spent AS (
		INSERT INTO ledger.posting (entry, line, account, amount, version, balance, lots, lot_amounts)
		SELECT m.entry, 1, m.purse, m.points, m.version, m.balance, m.lots, m.amounts FROM made m
	), taken_in AS (
		INSERT INTO ledger.posting (entry, line, account, amount, version, balance)
		SELECT m.entry, 2, m.shop_account, -m.points, m.shop_version, m.shop_balance FROM made m
	), redemption AS (
		INSERT INTO ledger.redemption (entry, shop, volunteer, points, fen, operator, goods, request)
		SELECT m.entry, m.shop, m.volunteer, m.points, m.fen, m.operator, m.goods, m.request FROM made m
	), request AS (
		INSERT INTO ledger.request (number, operator, jti, op, hash, protected, payload, signature, recorded_at, leaf_first, leaf_count, result)
		SELECT m.request, m.operator, m.jti, 'redemption_make', m.hash, protected[m.place], payload[m.place], signature[m.place],
			m.recorded_at, leaf_next + m.nth - 1, 1, m.result::jsonb FROM made m
	)
	SELECT m.place, NULL::text, m.result, leaf_next + m.nth - 1,
		'"book":"points","entry":' || m.entry || E'\t"kind":"redemption","occurred_on":"' || today || '","postings":[{"account":"P2100","amount":"' || m.points || '","balance":"' || m.balance
			|| '","lots":[' || m.lots_text || '],"owner":' || m.volunteer || ',"version":' || m.version
			|| '},{"account":"P2400","amount":"-' || m.points || '","balance":"' || m.shop_balance || '","owner":' || m.shop
			|| ',"version":' || m.shop_version || '}],"recorded_at":"' || core.utc_text_in(second, micros + m.nth, m.recorded_at)
			|| E'"\t"rows":{"redemption":[{"entry":' || m.entry || ',"fen":"' || m.fen || '"' || coalesce(',"goods":' || to_json(m.goods), '')
			|| ',"operator":' || m.operator || ',"points":"' || m.points || '","request":' || m.request || ',"shop":' || m.shop
			|| ',"volunteer":' || m.volunteer || '}]},"salt":"' || core.salt() || '"', 1
	FROM made m ORDER BY m.nth;
END $$;
