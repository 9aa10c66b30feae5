-- The register of volunteers and who sees how much of it.
BEGIN;
\ir setup.sql
SELECT plan(25);
SELECT test.clock('2025-03-10 12:00:00');
CREATE FUNCTION pg_temp.line(name text, number bigint DEFAULT NULL, community text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('name', test.hidden(name), 'number', number, 'community', community))
$$;

SELECT matches(test.done('volunteer_add', 'worker', jsonb_build_object('community', 'A', 'name', test.hidden('赵六')), '{赵六}') ->> 'volunteer',
	'^[1-9][0-9]{9}$', 'a new volunteer gets ten random digits');
SELECT is(test.refusal('volunteer_add', 'worker', jsonb_build_object('community', 'B', 'name', test.hidden('赵六')), '{赵六}'), 'unknown_community community',
	'another community looks like a missing one');
SELECT is(test.refusal('volunteer_add', 'worker', jsonb_build_object('community', 'A', 'number', 13800001111, 'name', test.hidden('赵六')), '{赵六}'),
	'looks_like_phone number', 'a phone number is no volunteer number');
SELECT is(test.refusal('volunteer_add', 'worker', jsonb_build_object('community', 'A', 'number', 2000001, 'name', test.hidden('赵六')), '{赵六}'),
	'already_exists number', 'a number is given once in the whole ledger');

-- import
SELECT is(test.done('volunteer_import', 'worker', jsonb_build_object('community', 'A', 'file', test.hidden('digest'), 'lines',
	jsonb_build_array(pg_temp.line('钱一', 300001), pg_temp.line('钱二', 300002, 'A'))), '{钱一,钱二,digest}'),
	'{"imported": 2, "rows": [{"line": 1, "volunteer": 300001}, {"line": 2, "volunteer": 300002}]}', 'a register is taken over');
SELECT is(test.refusal('volunteer_import', 'worker', jsonb_build_object('community', 'A', 'file', test.hidden('digest'), 'lines',
	jsonb_build_array(pg_temp.line('钱三'))), '{钱三,digest}'), 'already_imported file', 'the same file is taken once');
SELECT is(test.command('volunteer_import', 'worker', jsonb_build_object('community', 'A', 'file', test.hidden('digest'), 'lines',
	jsonb_build_array(pg_temp.line('钱三'))), '{钱三,digest}') -> 'params' ->> 'request', (SELECT max(number)::text FROM ledger.request), 'and the refusal names the request that brought it');
SELECT is(jsonb_array_length(test.command('volunteer_import', 'worker', jsonb_build_object('community', 'A', 'file', test.hidden('digest2'), 'lines',
	jsonb_build_array(pg_temp.line('钱四'), pg_temp.line('钱五'), pg_temp.line('钱六'))), '{钱四,钱五,钱六,digest2}') -> 'leaves'), 3, 'a leaf a line');
SELECT is((SELECT count(*) FROM ledger.volunteer WHERE number > 999999999), 4::bigint, 'each with a number of its own');
CREATE FUNCTION pg_temp.import(VARIADIC lines jsonb[]) RETURNS text LANGUAGE sql AS $$
	SELECT test.refusal('volunteer_import', 'worker', jsonb_build_object('lines', lines))
$$;
SELECT is(pg_temp.import(pg_temp.line('孙', 400001, 'A'), pg_temp.line('孙', 300001, 'A')), 'already_exists lines/1/number', 'a number that exists is named by its line');
SELECT is(pg_temp.import(pg_temp.line('孙', 400001, 'A'), pg_temp.line('孙', 400001, 'A')), 'already_exists lines/1/number', 'so is one that is there twice');
SELECT is(pg_temp.import(pg_temp.line('孙', 400001, 'A'), pg_temp.line('孙', 19900001111, 'A')), 'looks_like_phone lines/1/number', 'so is one that is a phone number');
SELECT is(pg_temp.import(pg_temp.line('孙', NULL, 'A'), pg_temp.line('孙', NULL, 'B')), 'unknown_community lines/1/community', 'so is a foreign community');
SELECT is(pg_temp.import(pg_temp.line('孙', NULL, 'A'), pg_temp.line('孙')), 'missing_field lines/1/community', 'and a missing one');

-- who sees what
SELECT is(test.read('volunteer_show', 'worker', '{"volunteer": 1000001}') - 'registered_at',
	'{"volunteer": 1000001, "name": "王1000001", "phone": "13800000001", "community": "A", "community_name": "甲社区"}', 'the own worker sees everything');
SELECT is(test.read('volunteer_show', 'auditor', '{"volunteer": 1000001}') - 'registered_at',
	'{"volunteer": 1000001, "name": "王**", "phone": "138****0001", "community": "A", "community_name": "甲社区"}', 'the auditor sees it masked');
SELECT is(test.query('volunteer_show', 'workerb', '{"volunteer": 1000001}') ->> 'code', 'unknown_volunteer', 'another community''s worker sees nothing');
SELECT is(test.query('volunteer_show', 'leader', '{"volunteer": 1000001}') ->> 'code', 'unknown_volunteer', 'nor does a leader');
SELECT test.recorded('leader', 'TA', 'A', test.lines(1000001, 1, '2025-03-09T09:00', '2025-03-09T11:00') || test.lines(2000001, 1, '2025-03-09T09:00', '2025-03-09T11:00')) \g /dev/null
SELECT is(test.read('volunteer_show', 'leader', '{"volunteer": 1000001}') - 'registered_at',
	'{"volunteer": 1000001, "name": "王**", "community": "A", "community_name": "甲社区"}', 'before the volunteer served with the team');
SELECT is(test.query('volunteer_show', 'till', '{"volunteer": 1000001}') ->> 'code', 'not_allowed', 'a till sees nobody');
SELECT is(test.column(test.read('service_list', 'worker'), 'volunteer_name'), '王1000001,王**', 'in lists, names of other communities are masked');
SELECT is(test.column(test.read('service_list', 'leader'), 'volunteer_name'), '王**,王**', 'and all of them for leaders');
SELECT is(test.query('points_show', 'workerb', '{"volunteer": 1000001}') ->> 'code', 'unknown_volunteer', 'points are those of the own community only');
DELETE FROM ledger.personal WHERE value IN ('王1000001', '13800000001');
SELECT is(test.read('volunteer_show', 'worker', '{"volunteer": 1000001}') - 'registered_at',
	'{"volunteer": 1000001, "name": "已注销", "community": "A", "community_name": "甲社区"}', 'an erased name shows 已注销');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf as it is');
SELECT * FROM finish();
ROLLBACK;
