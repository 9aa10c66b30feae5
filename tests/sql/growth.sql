-- What a command reads does not grow with the ledger: no plan may read a table or an index whole, whatever it was made from.
BEGIN;
\ir setup.sql
SELECT plan(9);
SELECT test.clock('2025-03-10 12:00:00');
SET plan_cache_mode = force_generic_plan;   -- as the write session has them
SET enable_seqscan = off;

-- A history of 30,000 services of 10,000 volunteers in 15 activities, confirmed, with what they were credited.
INSERT INTO ledger.volunteer (number, community, name, request)
	SELECT 5000000 + n, (SELECT id FROM ledger.node WHERE code = 'A'), '\x00', 1 FROM generate_series(1, 10000) AS n;
INSERT INTO ledger.account (id, number, owner, balance, version)
	SELECT 1000 + n, 'P2100', 5000000 + n, -30, 3 FROM generate_series(1, 10000) AS n;
INSERT INTO ledger.activity (id, team, community, name, category, served, person, request)
	SELECT 100 + n, t.id, c.id, '旧活动', 'environment', 0, 1, 1 FROM generate_series(0, 14) AS n, ledger.node t, ledger.node c WHERE t.code = 'TA' AND c.code = 'A';
INSERT INTO ledger.service_record (id, activity, volunteer, starts_at, ends_at, minutes, request)
	SELECT n, 100 + n / 2001, 5000001 + n % 10000, timestamptz '2024-06-01 01:00Z' + n / 10000 * interval '1 day', timestamptz '2024-06-01 02:00Z' + n / 10000 * interval '1 day', 60, 1
	FROM generate_series(1, 30000) AS n;
INSERT INTO ledger.service_decision (record, confirmed, credited_minutes, points, entry, person, request)
	SELECT n, true, 60, 10, n, 1, 1 FROM generate_series(1, 30000) AS n;
INSERT INTO ledger.entry (number, recorded_at, request, occurred_on, kind, book)
	SELECT n, timestamptz '2024-07-01 00:00Z' + n * interval '1 second', 1, '2024-07-01', 'service_credit', 'points' FROM generate_series(1, 30000) AS n;
INSERT INTO ledger.lot (id, account, entry, amount, remaining, expires_on)
	SELECT n, a.id, n, 10, 10, '2025-07-01' FROM generate_series(1, 30000) AS n JOIN ledger.account a ON a.owner = 5000001 + n % 10000;
INSERT INTO ledger.posting (account, version, entry, amount, balance, line)
	SELECT a.id, 1 + (n - 1) / 10000, n, -10, -10 * (1 + (n - 1) / 10000), 2 FROM generate_series(1, 30000) AS n JOIN ledger.account a ON a.owner = 5000001 + n % 10000;
ANALYZE;

CREATE FUNCTION pg_temp.rows_read() RETURNS bigint LANGUAGE sql AS $$
	SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables WHERE schemaname = 'ledger'
$$;
-- Rows of the ledger's tables that a command reads for each of its lines.
CREATE FUNCTION pg_temp.rows_a_line(lines int, op text, kid text, input jsonb, personal text[] DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	before bigint := pg_temp.rows_read();
BEGIN
	PERFORM test.done(op, kid, input, personal);
	RETURN (pg_temp.rows_read() - before) / lines;
END $$;
CREATE FUNCTION pg_temp.few(n bigint, what text) RETURNS text LANGUAGE sql AS $$
	SELECT cmp_ok(n, '<', 40::bigint, what || ' reads few rows a line')
$$;

SELECT cmp_ok(pg_temp.rows_a_line(1, 'service_record', 'leader', test.activity('TA', 'A', test.lines(5000001, 40, '2025-03-09T09:00', '2025-03-09T11:00'))) / 40, '>', 0::bigint,
	'rows that are read are counted');
SELECT pg_temp.few(pg_temp.rows_a_line(40, 'service_record', 'leader', test.activity('TA', 'A', test.lines(5000101, 40, '2025-03-09T09:00', '2025-03-09T11:00'))), 'recording');
SELECT pg_temp.few(pg_temp.rows_a_line(40, 'service_confirm', 'worker', jsonb_build_object('activity', (SELECT max(id) FROM ledger.activity))), 'confirming an activity');
SELECT pg_temp.few(pg_temp.rows_a_line(4, 'service_confirm', 'worker', jsonb_build_object('activity', (SELECT max(id) - 1 FROM ledger.activity), 'records',
	(SELECT jsonb_agg(jsonb_build_object('record', id)) FROM ledger.service_record WHERE activity = (SELECT max(id) - 1 FROM ledger.activity) AND id % 10 = 0))), 'confirming some records');
SELECT pg_temp.few(pg_temp.rows_a_line(36, 'service_reject', 'worker', jsonb_build_object('activity', (SELECT max(id) - 1 FROM ledger.activity), 'reason', 'twice')), 'rejecting the rest');
SELECT pg_temp.few(pg_temp.rows_a_line(4, 'redemption_make', 'till', '{"shop": "PA", "volunteer": 5000005, "points": "25"}'), 'a redemption of several lots');
SELECT pg_temp.few(pg_temp.rows_a_line(4, 'redemption_refund', 'till', jsonb_build_object('redemption', (SELECT max(number) FROM ledger.entry), 'points', '5')), 'a refund');
SELECT pg_temp.few(pg_temp.rows_a_line(2, 'volunteer_import', 'worker', jsonb_build_object('community', 'A', 'lines', jsonb_build_array(
	jsonb_build_object('name', test.hidden('钱一')), jsonb_build_object('name', test.hidden('钱二'), 'number', 300001)), 'file', test.hidden('digest')), '{钱一,钱二,digest}'), 'a register');
SELECT pg_temp.few(pg_temp.rows_a_line(1, 'org_add', 'admin', '{"parent": "S", "kind": "community", "code": "N", "name": "新社区"}'), 'a node');
SELECT * FROM finish();
ROLLBACK;
