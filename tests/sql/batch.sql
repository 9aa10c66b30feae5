-- A batch gives what its commands would give one after the other: random business, each batch run both ways and compared.
BEGIN;
\ir setup.sql
SELECT plan(9);
SELECT setseed(0.42);

-- Volunteers 1000001 to 1000006 get up to 28 lots of 5 or 10 points; 1000007 never had any.
SELECT test.clock('2025-02-01 20:00:00');
SELECT test.done('service_confirm', 'worker', jsonb_build_object('activity', test.recorded('leader', 'TA', 'A',
		test.lines(1000001, 6 - d % 6, to_char(date '2025-01-03' + d, 'YYYY-MM-DD') || 'T09:00', to_char(date '2025-01-03' + d, 'YYYY-MM-DD') || CASE d % 2 WHEN 0 THEN 'T09:30' ELSE 'T10:00' END))))
	FROM generate_series(0, 27) AS d \g /dev/null
SELECT test.done('shop_add', 'admin', '{"parent": "A", "code": "PC", "name": "小店", "fund": "F", "unsettled_limit": "60", "return_limit": "0"}') \g /dev/null
SELECT test.enrol('tillc', 'till', 'PC') \g /dev/null
SELECT test.done('rule_set', 'admin', '{"effective_from": "2025-03-01", "points": 10, "minutes": 60, "daily_minutes": 480, "lot_days": 365,
	"fen_per_point": 10, "till_daily_points": "90", "volunteer_daily_points": "35"}') \g /dev/null
SELECT test.done('operator_revoke', 'admin', jsonb_build_object('operator', test.enrol('gone', 'till', 'PA'), 'reason', 'lost')) \g /dev/null

CREATE TYPE pg_temp.asked AS (op text, kid text, jti uuid, exp bigint, payload text);

-- One command of random business; wrong ones too.
CREATE FUNCTION pg_temp.some() RETURNS pg_temp.asked LANGUAGE sql VOLATILE AS $$
	SELECT ROW(CASE WHEN dice < 0.06 THEN 'redemption_refund' ELSE 'redemption_make' END,
		(ARRAY['till', 'till', 'tillb', 'tillb', 'tillc', 'leader', 'gone', 'nobody'])[CASE WHEN random() < 0.85 THEN 1 + floor(random() * 5) ELSE 1 + floor(random() * 8) END],
		md5(random()::text)::uuid, extract(epoch FROM core.now())::bigint + CASE WHEN random() < 0.02 THEN -100 ELSE 50 END,
		jsonb_strip_nulls(jsonb_build_object('shop', (ARRAY['PA', 'PB', 'PC', 'TA', 'NONE'])[1 + floor(random() * CASE WHEN random() < 0.9 THEN 3 ELSE 5 END)],
			'volunteer', CASE WHEN random() < 0.97 THEN 1000001 + floor(random() * 7)::int ELSE 7777777 END,
			'points', (1 + floor(random() * CASE WHEN random() < 0.8 THEN 20 ELSE 90 END))::text,
			'goods', CASE WHEN random() < 0.05 THEN U&'e\0301' WHEN random() < 0.3 THEN E'大米 "5 kg"\\ /' END))::text)::pg_temp.asked
	FROM random() AS dice
$$;
-- A batch: some come again, the same bytes or others under the same jti. Those that come again stand at the end, where a batch judges them.
CREATE FUNCTION pg_temp.batch(size int) RETURNS pg_temp.asked[] LANGUAGE plpgsql AS $$
DECLARE
	batch pg_temp.asked[] := ARRAY(SELECT pg_temp.some() FROM generate_series(1, size));
	again pg_temp.asked;
BEGIN
	FOR n IN 1 .. floor(random() * 4) LOOP
		again := batch[1 + floor(random() * size)];
		CONTINUE WHEN again.op <> 'redemption_make';
		IF random() < 0.3 THEN
			again.payload := (pg_temp.some()).payload;
		END IF;
		batch := batch || again;
	END LOOP;
	RETURN ARRAY(SELECT ROW(op, kid, jti, exp, payload)::pg_temp.asked FROM unnest(batch) WITH ORDINALITY AS b (op, kid, jti, exp, payload, n)
		ORDER BY op <> 'redemption_make', n);
END $$;

-- Answers and leaves of a batch carried out whole or one by one, and all that it wrote; salts are random and left out.
CREATE FUNCTION pg_temp.outcome(batch pg_temp.asked[], whole boolean, keep boolean DEFAULT false) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	said  jsonb := '[]';
	rows_ jsonb := '{}';
	tab   text;
	part  jsonb;
	each  int := CASE WHEN whole THEN cardinality(batch) ELSE 1 END;
	now_s bigint := extract(epoch FROM core.now());
BEGIN
	BEGIN
		FOR before IN 0 .. cardinality(batch) - 1 BY each LOOP
			SELECT said || coalesce(jsonb_agg(jsonb_build_object('place', before + c.place, 'answer', c.answer::jsonb, 'result', c.result, 'first', c.first,
					'leaves', regexp_replace(c.leaves, '"salt":"[^"]{22}"', 'salted')) ORDER BY c.nth), '[]') INTO said
				FROM (SELECT array_agg(b.op ORDER BY n) AS op, array_agg(b.kid ORDER BY n) AS kid, array_agg(b.jti ORDER BY n) AS jti,
					array_agg(now_s ORDER BY n) AS iat, array_agg(b.exp ORDER BY n) AS exp,
					array_agg(sha256(convert_to(b.kid || b.jti || b.payload, 'UTF8')) ORDER BY n) AS hash, array_agg(convert_to('p' || n, 'UTF8') ORDER BY n) AS protected,
					array_agg(convert_to(b.payload, 'UTF8') ORDER BY n) AS payload, array_agg('\x00'::bytea) AS signature, array_agg(NULL::text) AS aside
					FROM unnest(batch) WITH ORDINALITY AS b (op, kid, jti, exp, payload, n) WHERE n > before AND n <= before + each) AS a,
				LATERAL ROWS FROM (api.commands(a.op, a.kid, a.jti, a.iat, a.exp, a.hash, a.protected, a.payload, a.signature, a.aside))
					WITH ORDINALITY AS c (place, answer, result, first, leaves, count, nth);
		END LOOP;
		FOREACH tab IN ARRAY '{request,entry,posting,posting_run,redemption,redemption_refund,lot,account,daily_use}'::text[] LOOP
			EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)), ''[]'') FROM ledger.%I t', tab) INTO part;
			rows_ := rows_ || jsonb_build_object(tab, part);
		END LOOP;
		IF NOT keep THEN
			RAISE EXCEPTION 'back' USING ERRCODE = 'UX001';
		END IF;
	EXCEPTION WHEN SQLSTATE 'UX001' THEN
		NULL;
	END;
	RETURN jsonb_build_object('said', (SELECT jsonb_agg(s ORDER BY s -> 'place') FROM jsonb_array_elements(said) AS s), 'rows', rows_);
END $$;

-- Forty batches over some days, each kept after it was compared, so that the next one meets what it left.
CREATE TEMP TABLE ran (n int, same_answers boolean, same_rows boolean, codes text[], spent int);
DO $$
DECLARE
	batch pg_temp.asked[];
	one   jsonb;
	all_  jsonb;
BEGIN
	FOR n IN 1 .. 40 LOOP
		PERFORM test.clock(to_char(date '2025-03-01' + n / 3, 'YYYY-MM-DD') || ' 10:' || lpad(n::text, 2, '0') || ':00');
		batch := pg_temp.batch(1 + (n * 7) % 40);
		one := pg_temp.outcome(batch, false);
		all_ := pg_temp.outcome(batch, true, true);
		INSERT INTO ran VALUES (n, one -> 'said' = all_ -> 'said', one -> 'rows' = all_ -> 'rows',
			ARRAY(SELECT DISTINCT coalesce(s #>> '{answer,code}', CASE WHEN s #> '{answer,replay}' IS NULL THEN 'done' ELSE 'replay' END)
				FROM jsonb_array_elements(all_ -> 'said') AS s),
			(SELECT max(cardinality(p.lots)) FROM core.postings() p));
	END LOOP;
END $$;
SELECT is_empty('SELECT n FROM ran WHERE NOT same_answers', 'a batch answers what its commands answer one by one');
SELECT is_empty('SELECT n FROM ran WHERE NOT same_rows', 'and writes the same rows');
SELECT is((SELECT array_agg(DISTINCT c ORDER BY c) FROM ran, unnest(codes) AS c),
	'{daily_cap_till,daily_cap_volunteer,done,expired,jti_reused,not_allowed,not_enough_points,not_normalized,replay,revoked_key,shop_limit,unknown_key,unknown_redemption,unknown_shop,unknown_volunteer}',
	'every kind of answer was among them');
SELECT cmp_ok((SELECT max(spent) FROM ran), '>', 3, 'and redemptions that take more lots than are read at first');
SELECT is_empty($$SELECT a.id FROM ledger.account a LEFT JOIN core.postings() p ON p.account = a.id GROUP BY a.id
	HAVING a.balance <> coalesce(sum(p.amount), 0) OR a.version <> count(p) OR count(p) <> coalesce(max(p.version), 0)$$, 'balances and versions follow from the postings');
SELECT is_empty($$SELECT p.account FROM core.postings() p WHERE p.balance <> (SELECT sum(q.amount) FROM core.postings() q WHERE q.account = p.account AND q.version <= p.version)$$,
	'each posting has the balance after it');
SELECT is_empty($$SELECT l.id FROM ledger.lot l JOIN core.postings() p ON l.id = ANY (p.lots), unnest(p.lots, p.lot_amounts) AS u (id, amount)
	WHERE u.id = l.id GROUP BY l.id HAVING l.remaining <> sum(u.amount)$$, 'what remains of a lot follows from the postings');
SELECT is((SELECT count(*) FROM ledger.request WHERE op = 'redemption_make'), (SELECT count(*) FROM ledger.redemption), 'a request each');
-- the control: a batch that is compared with another one
SELECT isnt(pg_temp.outcome(pg_temp.batch(5), true), pg_temp.outcome(pg_temp.batch(5), true), 'other business gives other answers');
SELECT * FROM finish();
ROLLBACK;
