-- What a command reads does not grow with the ledger, nor what is read of one volunteer: no plan may read a table or an index whole, neither one that was made while the
-- ledger was young nor one that was made of what it has become.
BEGIN;
\ir setup.sql
\ir growth_setup.sql
SELECT plan(86);
SELECT test.clock('2025-03-10 12:00:00');
-- The status counts volunteers, and does not read those that it has counted.
CREATE FUNCTION pg_temp.counts_volunteers() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before bigint := (SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'volunteer');
	said   bigint := (test.read('ledger_status', 'auditor') ->> 'volunteers')::bigint;
	after  bigint := (SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'volunteer');
BEGIN
	RETURN ok(said = (SELECT count(*) FROM ledger.volunteer) AND after - before <= 1, 'the status counts only the volunteers that have come');
END $$;

-- One of each command, for the n-th time; volunteers from a number on.
CREATE FUNCTION pg_temp.business(n int, who bigint) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	day      text := '2025-03-0' || n;
	recorded bigint;
BEGIN
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(40, 'service_record', 'leader', test.activity('TA', 'A', test.lines(who, 40, day || 'T09:00', day || 'T11:00'))), 'recording');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(40, 'service_confirm', 'worker', jsonb_build_object('activity', (SELECT max(id) FROM ledger.activity))), 'confirming an activity');
	recorded := test.recorded('leader', 'TA', 'A', test.lines(who, 40, day || 'T13:00', day || 'T15:00'));
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(4, 'service_confirm', 'worker', jsonb_build_object('activity', recorded, 'records',
		(SELECT jsonb_agg(jsonb_build_object('record', r.id)) FROM ledger.service_record r WHERE r.activity = recorded AND r.id % 10 = 0))), 'confirming some records');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('service_list', 'worker', '{"state": "recorded", "limit": 1}'), 'a list of the records that wait');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(36, 'service_reject', 'worker', jsonb_build_object('activity', recorded, 'reason', 'twice')), 'rejecting the rest');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('service_list', 'worker', '{"state": "rejected", "limit": 1}'), 'a list of rejected records');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(4, 'redemption_make', 'till', jsonb_build_object('shop', 'PA', 'volunteer', who + 5, 'points', '15')), 'a redemption');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(4, 'redemption_refund', 'till', jsonb_build_object('redemption', (SELECT max(number) FROM ledger.entry), 'points', '5')), 'a refund');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(2, 'volunteer_import', 'worker', jsonb_build_object('community', 'A', 'lines', jsonb_build_array(
		jsonb_build_object('name', test.hidden('钱一')), jsonb_build_object('name', test.hidden('钱二'), 'number', 300001 + n)), 'file', test.hidden('digest' || n)),
		ARRAY['钱一', '钱二', 'digest' || n]), 'a register');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(1, 'volunteer_add', 'worker', jsonb_build_object('community', 'A', 'name', test.hidden('赵六')), '{赵六}'), 'a volunteer');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(1, 'org_add', 'admin', jsonb_build_object('parent', 'S', 'kind', 'community', 'code', 'N' || n, 'name', '新社区')), 'a node');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(1, 'team_add', 'admin', jsonb_build_object('parent', 'A', 'code', 'NT' || n, 'name', '新队', 'colour', 'red')), 'a team');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(1, 'shop_add', 'admin', jsonb_build_object('parent', 'A', 'code', 'NS' || n, 'name', '新店', 'fund', 'F',
		'unsettled_limit', '10', 'return_limit', '0')), 'a shop');
	PERFORM test.read('ledger_status', 'auditor');
	PERFORM test.done('volunteer_add', 'worker', jsonb_build_object('community', 'A', 'name', test.hidden('孙七')), '{孙七}');
	RETURN NEXT pg_temp.counts_volunteers();
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('points_show', 'worker', jsonb_build_object('volunteer', who + 5)), 'what a volunteer has');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('points_history', 'worker', jsonb_build_object('volunteer', who + 5)), 'a volunteer''s history');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('entry_show', 'worker', jsonb_build_object('entry', (SELECT max(d.entry) FROM ledger.service_decision d))), 'what was credited');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('ledger_rows', 'auditor', '{"table": "posting", "limit": 5}'), 'a page of the postings');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('volunteer_show', 'worker', jsonb_build_object('volunteer', who + 5)), 'who a volunteer is');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('redemption_list', 'till', '{"shop": "PA", "limit": 5}'), 'a list of redemptions');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('redemption_list', 'auditor', '{"limit": 5}'), 'a list of all of them');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('redemption_list', 'auditor', jsonb_build_object('shop', 'NS' || n)), 'one of a shop that has none');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('redemption_list', 'auditor', jsonb_build_object('volunteer', who + 5)), 'one of a volunteer');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('entry_list', 'auditor', '{"kind": "redemption_refund"}'), 'a list of entries of a kind');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('entry_list', 'auditor', '{"kind": "income"}'), 'one of a kind that there is none of');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('entry_list', 'auditor', '{"fund": "F"}'), 'one of a fund');
END $$;

CREATE FUNCTION pg_temp.rows_of_leaf(index bigint) RETURNS bigint LANGUAGE plpgsql SET plan_cache_mode = auto SET enable_seqscan = on AS $$
DECLARE
	before bigint := pg_temp.rows_read();
BEGIN
	PERFORM FROM core.leaves(index, index);
	RETURN pg_temp.rows_read() - before;
END $$;
-- Of the log what stands near its end; more often than a plan is made anew.
CREATE FUNCTION pg_temp.log(near bigint) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	cursor text := core.base64url(convert_to(jsonb_build_array(near / 20 * 20, near % 20)::text, 'UTF8'));
BEGIN
	RETURN NEXT pg_temp.few_of_read((SELECT max(pg_temp.rows_of_read('ledger_leaves', 'auditor', jsonb_build_object('from', near + n, 'limit', 10))) FROM generate_series(1, 8) AS n), 'a page of leaves');
	RETURN NEXT pg_temp.few_of_read((SELECT max(pg_temp.rows_of_read('ledger_rows', 'auditor', jsonb_build_object('table', 'leaf', 'cursor', cursor, 'limit', 10 + n))) FROM generate_series(1, 8) AS n), 'a page of their digests');
	RETURN NEXT pg_temp.few_of_read((SELECT max(pg_temp.rows_of_leaf(near + n)) FROM generate_series(1, 8) AS n), 'one leaf');
END $$;

SELECT cmp_ok(pg_temp.rows_a_line(1, 'org_add', 'admin', '{"parent": "S", "kind": "community", "code": "N", "name": "新社区"}'), '>', 0::bigint, 'rows that are read are counted');
SELECT pg_temp.business(1, 1000001);

-- 5,000 households, 3,000 keys that came and went.
INSERT INTO ledger.node (id, parent, kind, code, name, path, request)
	SELECT 10000 + n, c.id, 'household', 'HH' || n, '一户', c.path || (10000 + n)::text, 1 FROM generate_series(1, 5000) AS n, ledger.node c WHERE c.code = 'A';
INSERT INTO ledger.operator (id, person, kid, jwk, request) SELECT 10000 + n, 1, 'old' || n, '{}', 1 FROM generate_series(1, 3000) AS n;
INSERT INTO ledger.operator_revocation (operator, reason, request) SELECT 10000 + n, 'lost', 1 FROM generate_series(1, 3000) AS n;
INSERT INTO ledger.role_grant (id, operator, role, node, request)
	SELECT 10000 + n, 10000 + n, 'till', c.id, 1 FROM generate_series(1, 3000) AS n, ledger.node c WHERE c.code = 'PA';
INSERT INTO ledger.role_revocation (role_grant, request) SELECT 10000 + n, 1 FROM generate_series(1, 3000) AS n;

-- A history of 30,000 services of 10,000 volunteers in 15 activities, confirmed, with what they were credited; and 3,000 requests.
INSERT INTO ledger.volunteer (number, community, name, request)
	SELECT 5000000 + n, (SELECT id FROM ledger.node WHERE code = 'A'), '\x00', (SELECT max(number) + 1 FROM ledger.request) FROM generate_series(1, 10000) AS n;
INSERT INTO ledger.account (id, number, owner, balance, version)
	SELECT 1000 + n, 'P2100', 5000000 + n, -30, 3 FROM generate_series(1, 10000) AS n;
INSERT INTO ledger.request (number, leaf_first, recorded_at, operator, leaf_count, jti, op, hash, protected, payload, signature, result)
	SELECT -n, 0, '2024-06-01 03:00Z', 0, 1, md5(n::text)::uuid, 'service_record', '', '', '', '',
		jsonb_build_object('first', greatest(1001, 1000 + 2001 * (n - 1)), 'last', least(31000, 1000 + 2001 * n - 1)) FROM generate_series(1, 3000) AS n;
INSERT INTO ledger.activity (id, team, community, name, category, served, person, request)
	SELECT 100 + n, t.id, c.id, '旧活动', 'environment', 0, 1, -1 - n FROM generate_series(0, 14) AS n, ledger.node t, ledger.node c WHERE t.code = 'TA' AND c.code = 'A';
INSERT INTO ledger.service_record (id, activity, volunteer, starts_at, ends_at, minutes, request)
	SELECT 1000 + n, 100 + n / 2001, 5000001 + n % 10000, timestamptz '2024-06-01 01:00Z' + n / 10000 * interval '1 day', timestamptz '2024-06-01 02:00Z' + n / 10000 * interval '1 day', 60, 1
	FROM generate_series(1, 30000) AS n;
INSERT INTO ledger.service_decision (record, confirmed, credited_minutes, points, entry, person, request)
	SELECT 1000 + n, true, 60, 10, 1000 + n, 1, 1 FROM generate_series(1, 30000) AS n;
INSERT INTO ledger.service_open (activity, records) SELECT 100 + n, 0 FROM generate_series(0, 14) AS n;
INSERT INTO ledger.entry (number, recorded_at, request, occurred_on, kind, book)
	SELECT 1000 + n, timestamptz '2024-07-01 00:00Z' + n * interval '1 second', 1, '2024-07-01', 'service_credit', 'points' FROM generate_series(1, 30000) AS n;
INSERT INTO ledger.lot (id, account, entry, amount, remaining, expires_on)
	SELECT 1000 + n, a.id, 1000 + n, 10, 10, '2025-07-01' FROM generate_series(1, 30000) AS n JOIN ledger.account a ON a.owner = 5000001 + n % 10000;
INSERT INTO ledger.posting (account, version, entry, amount, balance, line)
	SELECT a.id, 1 + (n - 1) / 10000, 1000 + n, -10, -10 * (1 + (n - 1) / 10000), 2 FROM generate_series(1, 30000) AS n JOIN ledger.account a ON a.owner = 5000001 + n % 10000;
INSERT INTO ledger.posting_run (account, version, entry, balance, line, amounts)
	SELECT core.account('P1000', 0), 1000000 + 60 * n, 1001 + 60 * n, 600 * n, 1, array_fill(10::bigint, ARRAY[60]) FROM generate_series(0, 499) AS n;

-- 20,000 redemptions of the first of them at one shop.
INSERT INTO ledger.entry (number, recorded_at, request, occurred_on, kind, book)
	SELECT 40000 + n, timestamptz '2024-08-01 00:00Z' + n * interval '1 second', 1, '2024-08-01', 'redemption', 'points' FROM generate_series(1, 20000) AS n;
INSERT INTO ledger.redemption (entry, shop, volunteer, points, fen, operator, request)
	SELECT 40000 + n, s.id, 5000001 + n % 100, 1, 10, 0, 1 FROM generate_series(1, 20000) AS n, ledger.node s WHERE s.code = 'PA';

-- A log of 100,000 leaves, in runs of 20.
INSERT INTO ledger.leaf SELECT 20 * n, array_fill(convert_to(repeat('x', 500), 'UTF8'), ARRAY[20]) FROM generate_series(0, 4999) AS n;

SELECT pg_temp.business(2, 5000001);
SELECT pg_temp.log(99950);
ANALYZE;
SELECT pg_temp.business(3, 5000101);
SELECT pg_temp.log(99950);

-- 20,000 commands of four keys, numbered by time as our clients number them, in a table as that of the requests is.
CREATE TEMP TABLE by_time (LIKE ledger.request INCLUDING INDEXES);
INSERT INTO by_time (number, leaf_first, recorded_at, operator, leaf_count, jti, op, hash, protected, payload, signature, result)
	SELECT n, n, '2025-03-10 04:00Z', n % 4, 1, (lpad(to_hex(1741579200000 + n), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid,
		'x', '', '', '', '', '{}' FROM generate_series(1, 20000) AS n;
SELECT cmp_ok((SELECT pg_relation_size(i.indexrelid) / 20000 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
	WHERE i.indrelid = 'by_time'::regclass AND a.attname = 'jti'), '<', 50::bigint, 'commands stand behind one another in one place of their index');
SELECT * FROM finish();
ROLLBACK;
