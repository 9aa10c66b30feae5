-- Postings that stand in runs and in lots, and how they are read one by one: by entry, by version of their account, all.
BEGIN;
\ir setup.sql
SELECT plan(34);
SELECT test.clock('2025-03-10 12:00:00');
SELECT test.enrol('eye', 'auditor', 'A') \g /dev/null
SELECT FROM test.done('service_confirm', 'worker', jsonb_build_object('activity', test.recorded('leader', 'TA', 'A',
	(SELECT jsonb_agg(jsonb_build_object('volunteer', (ARRAY[1000001, 1000002])[1 + n % 2], 'start', '2025-03-0' || 1 + n / 20 || 'T' || lpad((n % 20)::text, 2, '0') || ':00',
		'end', '2025-03-0' || 1 + n / 20 || 'T' || lpad((n % 20)::text, 2, '0') || ':30') ORDER BY n) FROM generate_series(0, 149) AS n))));
SELECT FROM test.done('service_confirm', 'worker', jsonb_build_object('activity', test.recorded('leader', 'TA', 'A', test.lines(1000001, 3, '2025-03-09T09:00', '2025-03-09T10:00'))));
SELECT is((SELECT array_agg(cardinality(amounts) ORDER BY version) FROM ledger.posting_run), '{64,64,22,3}', 'runs of up to 64, each of one command');
SELECT is((SELECT count(*) FROM ledger.posting), 0::bigint, 'and no row for each, nor for what made a lot');
SELECT is_empty($$SELECT a.id FROM ledger.account a LEFT JOIN core.postings() p ON p.account = a.id GROUP BY a.id
	HAVING a.balance <> coalesce(sum(p.amount), 0) OR a.version <> count(p) OR count(p) <> coalesce(max(p.version), 0)$$, 'balances and versions follow from the postings');
SELECT is_empty($$SELECT p.account FROM core.postings() p WHERE p.balance <> (SELECT sum(q.amount) FROM core.postings() q WHERE q.account = p.account AND q.version <= p.version)$$,
	'each posting has the balance after it');
SELECT is_empty($$SELECT e.number FROM ledger.entry e LEFT JOIN core.postings() p ON p.entry = e.number GROUP BY e.number
	HAVING count(p) <> 2 OR sum(p.amount) <> 0 OR array_agg(p.line ORDER BY p.line) <> '{1,2}'$$, 'each entry has its two lines');
SELECT is_empty($$SELECT e.number FROM ledger.entry e WHERE (SELECT array_agg(p ORDER BY p.line) FROM core.postings_of(e.number) p)
	IS DISTINCT FROM (SELECT array_agg(p ORDER BY p.line) FROM core.postings() p WHERE p.entry = e.number)$$, 'the postings of an entry, wherever it stands in its run');
SELECT is_empty('SELECT * FROM core.postings_of(0) UNION ALL SELECT * FROM core.postings_of(154)', 'no entry, no posting');
-- The postings as they stand in the leaves are these.
SELECT is_empty($$SELECT (l.body ->> 'entry')::bigint, n, x ->> 'account', x ->> 'amount', x ->> 'balance', x ->> 'version'
		FROM test.leaf l, jsonb_array_elements(l.body -> 'postings') WITH ORDINALITY AS x (x, n)
	EXCEPT SELECT p.entry, p.line, a.number, p.amount::text, p.balance::text, p.version::text FROM core.postings() p JOIN ledger.account a ON a.id = p.account$$, 'as the leaves say');
-- Page by page, whatever a page holds.
CREATE FUNCTION pg_temp.paged(size int) RETURNS SETOF ledger.posting LANGUAGE plpgsql AS $$
DECLARE
	last ledger.posting;
	one  ledger.posting;
	n    int;
BEGIN
	LOOP
		n := 0;
		FOR one IN SELECT p.* FROM core.postings_after(last.account, last.version, size) p ORDER BY p.account, p.version LIMIT size LOOP
			RETURN NEXT one;
			last := one;
			n := n + 1;
		END LOOP;
		EXIT WHEN n < size;
	END LOOP;
END $$;
SELECT results_eq(format('SELECT * FROM pg_temp.paged(%s)', size), 'SELECT * FROM core.postings() ORDER BY account, version', 'pages of ' || size)
	FROM unnest('{1,7,64,1000}'::int[]) AS size;
SELECT is((SELECT concat_ws(' ', r ->> 'debit', r ->> 'credit') FROM jsonb_array_elements(test.read('ledger_trial_balance', 'auditor') -> 'rows') AS r WHERE r ->> 'account' = 'P1000'),
	(SELECT sum(points)::text || ' 0' FROM ledger.service_decision), 'the trial balance counts them');
SELECT is(test.read('entry_list', 'auditor', '{"from": 70, "limit": 1}') #>> '{rows,0,amount}', (SELECT points::text FROM ledger.service_decision WHERE entry = 70), 'a list says how much');
SELECT is((SELECT string_agg(concat_ws(' ', p ->> 'account', p ->> 'amount', p ->> 'version'), ', ') FROM jsonb_array_elements(test.read('entry_show', 'auditor', '{"entry": 65}') -> 'postings') AS p),
	(SELECT format('P1000 %s 65, P2100 -%1$s %s', points, 33) FROM ledger.service_decision WHERE entry = 65), 'an entry shows both lines');
SELECT is((SELECT array_agg((r ->> 'version')::int) FROM jsonb_array_elements(test.read('points_history', 'worker', '{"volunteer": 1000001, "limit": 100}') -> 'rows') AS r),
	ARRAY(SELECT generate_series(1, 76)), 'a volunteer''s history has all');

-- A ledger from before: the first 64 entries stand in rows. Nobody sees a difference.
CREATE FUNCTION pg_temp.seen() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT p::text FROM core.postings() AS p
	UNION ALL SELECT p::text FROM ledger.entry e, core.postings_of(e.number) AS p
	UNION ALL SELECT test.read('points_history', 'worker', jsonb_build_object('volunteer', v, 'limit', n))::text FROM unnest('{1000001,1000002}'::int[]) AS v, unnest('{1,40,100}'::int[]) AS n
	UNION ALL SELECT test.read(op, 'auditor', '{"limit": 500}')::text FROM unnest('{entry_list,ledger_journal}'::text[]) AS op
	UNION ALL SELECT test.read('entry_list', 'eye', '{"limit": 500}')::text
	UNION ALL SELECT test.read('ledger_trial_balance', 'auditor')::text
	UNION ALL SELECT test.read('ledger_rows', 'auditor', jsonb_build_object('table', t, 'limit', 1000))::text FROM unnest('{posting,lot}'::text[]) AS t
$$;
CREATE TEMP TABLE seen AS SELECT * FROM pg_temp.seen();
ALTER TABLE ledger.posting_run DISABLE TRIGGER append_only;
ALTER TABLE ledger.lot DISABLE TRIGGER append_only;
INSERT INTO ledger.posting SELECT p.* FROM core.postings() AS p WHERE p.entry <= 64;
DELETE FROM ledger.posting_run WHERE entry = 1;
UPDATE ledger.lot SET version = NULL, balance = NULL WHERE entry <= 64;
SELECT is((SELECT count(*) FROM ledger.posting), 128::bigint, 'rows as they were before');
SELECT bag_eq('SELECT * FROM pg_temp.seen()', 'SELECT * FROM seen', 'and every read is the same');
SELECT results_eq(format('SELECT * FROM pg_temp.paged(%s)', size), 'SELECT * FROM core.postings() ORDER BY account, version', 'pages of ' || size)
	FROM unnest('{1,7,64,1000}'::int[]) AS size;

-- Runs of one to three postings, as small commands leave them; and a posting that stands twice, at the end of pages of 7 and 10.
INSERT INTO ledger.account (id, number, owner, balance, version) VALUES (900, 'P1000', 900, 800, 400);
INSERT INTO ledger.posting_run (account, version, entry, balance, line, amounts)
	SELECT 900, 1 + 2 * n - CASE n % 3 WHEN 1 THEN 1 ELSE 0 END, 1000 + n, 0, 1, array_fill(2::bigint, ARRAY[CASE n % 3 WHEN 0 THEN 1 WHEN 1 THEN 3 ELSE 2 END])
	FROM generate_series(0, 199) AS n;
CREATE FUNCTION pg_temp.walked(size int) RETURNS SETOF jsonb LANGUAGE sql AS $$
	WITH RECURSIVE page AS (
		SELECT test.read('ledger_rows', 'auditor', jsonb_build_object('table', 'posting', 'limit', size)) AS p
		UNION ALL SELECT test.read('ledger_rows', 'auditor', jsonb_build_object('table', 'posting', 'limit', size, 'cursor', p -> 'next')) FROM page WHERE p ? 'next'
	) SELECT r -> 'row' FROM page, jsonb_array_elements(p -> 'rows') AS r
$$;
SELECT results_eq(format('SELECT * FROM pg_temp.paged(%s)', size), 'SELECT * FROM core.postings() ORDER BY account, version', 'short runs, pages of ' || size)
	FROM unnest('{1,7,64,1000}'::int[]) AS size;
INSERT INTO ledger.posting SELECT account, version, 5000, 77, balance, line FROM (SELECT p.*, row_number() OVER (ORDER BY p.account, p.version) AS nth FROM core.postings() p) AS p WHERE nth = 350;
SELECT is((SELECT array_agg(r ORDER BY r) FROM pg_temp.walked(size) AS r), (SELECT array_agg(r ORDER BY r) FROM pg_temp.walked(1000) AS r), 'no row is passed over, in pages of ' || size)
	FROM unnest('{1,7,10,50,349,350,351}'::int[]) AS size;
SELECT is((SELECT count(*) FROM pg_temp.walked(50)), (SELECT count(*) FROM core.postings()), 'nor comes one twice');
SELECT * FROM finish();
ROLLBACK;
