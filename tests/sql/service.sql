-- Service records: recorded by a leader, decided on by a worker, points by the rule of their day.
BEGIN;
\ir setup.sql
SELECT plan(47);
SELECT test.clock('2025-03-10 12:00:00');

-- worked case 1
SELECT is(test.done('service_record', 'leader', test.activity('TA', 'A', test.lines(1000001, 40, '2025-03-09T09:00', '2025-03-09T11:00'))),
	'{"activity": 1, "records": 40, "first": 1, "last": 40, "minutes": 4800}', 'a leader records an activity of 40 people');
SELECT is(-core.balance('P1000', 0), 0::bigint, 'recording issues nothing');
SELECT is(test.done('service_confirm', 'worker', '{"activity": 1}'),
	'{"activity": 1, "confirmed": 40, "minutes": 4800, "credited_minutes": 4800, "points": "800", "first_entry": 1, "last_entry": 40}',
	'a worker confirms them: 800 points, an entry a record');
SELECT is((SELECT array_agg(DISTINCT test.points(n)) FROM generate_series(1000001, 1000040) AS n), '{20}', 'each has 20 points');
SELECT is(core.balance('P1000', 0), 800::bigint, '800 are issued');
SELECT is((SELECT array_agg(DISTINCT expires_on) FROM ledger.lot), '{2026-03-10}', 'their lots expire as the rule says');
SELECT is(test.refusal('service_confirm', 'worker', '{"activity": 1}'), 'already_decided activity', 'nothing is confirmed twice');
SELECT is(test.refusal('service_record', 'leader', test.activity('TA', 'A',
	test.lines(1000001, 40, '2025-03-08T09:00', '2025-03-08T11:00') || test.lines(9999999, 1, '2025-03-08T09:00', '2025-03-08T11:00'))),
	'unknown_volunteer lines/40/volunteer', 'one unknown person in 41: nothing is recorded and the line is named');

-- worked case 2
SELECT is(test.refusal('service_record', 'leader', test.activity('TA', 'A', test.lines(1000001, 1, '2025-03-09T10:00', '2025-03-09T12:00'))),
	'overlapping_service lines/0/start', 'a service that overlaps another is refused');
SELECT is(test.params('service_record', 'leader', test.activity('TA', 'A', test.lines(1000001, 1, '2025-03-09T10:00', '2025-03-09T12:00'))),
	'{"record": 1, "activity": 1, "start": "2025-03-09T09:00:00+08:00", "end": "2025-03-09T11:00:00+08:00"}', 'and the other is named');
SELECT is(test.refusal('service_record', 'leader', test.activity('TA', 'A', test.lines(1000001, 1, '2025-03-09T09:30', '2025-03-09T10:00'))),
	'overlapping_service lines/0/start', 'one inside another too');
SELECT is(test.refusal('service_record', 'leader', test.activity('TA', 'A', test.lines(1000001, 1, '2025-03-08T23:00', '2025-03-09T12:00'))),
	'overlapping_service lines/0/start', 'and one around another');
SELECT lives_ok($$SELECT test.recorded('leader', 'TA', 'A', test.lines(1000001, 1, '2025-03-09T11:00', '2025-03-09T12:00'))$$,
	'a service may begin when another ends');
SELECT lives_ok($$SELECT test.recorded('leader', 'TA', 'A', test.lines(1000001, 1, '2025-03-09T08:00', '2025-03-09T09:00'))$$,
	'and end when another begins');
SELECT is(test.refusal('service_record', 'leader', test.activity('TA', 'A', test.lines(1000002, 1, '2025-03-10T10:00', '2025-03-10T12:01'))),
	'ends_in_future lines/0/end', 'an end in the future is refused');
SELECT is(test.refusal('service_record', 'leader', test.activity('TA', 'A', test.lines(1000002, 1, '2025-03-10T10:00', '2025-03-10T10:00'))),
	'ends_before_start lines/0/end', 'an end not after the start is refused');
SELECT is(test.refusal('service_record', 'leader', test.activity('TA', 'A', test.lines(1000002, 1, '2025-03-08T10:00', '2025-03-09T10:01'))),
	'longer_than_a_day lines/0/end', 'more than a day at once is refused');
SELECT is(test.refusal('service_record', 'leader', jsonb_set(test.activity('TA', 'A', test.lines(1000002, 1, '2025-03-08T10:00', '2025-03-08T11:00')),
	'{lines,0,end}', '"2025-03-08T11:00:30+08:00"')), 'not_whole_minutes lines/0/end', 'hours are whole minutes');
SELECT is(test.refusal('service_record', 'leader', test.activity('TA', 'A', test.lines(1000002, 2, '2025-03-08T10:00', '2025-03-08T11:00')
	|| test.lines(1000002, 1, '2025-03-08T09:00', '2025-03-08T10:01'))), 'overlapping_lines lines/2/start', 'two lines of one volunteer that overlap are refused');

-- worked case 3: the day's cap, taken in the order the services began, over several requests
SELECT is(test.done('service_confirm', 'worker', jsonb_build_object('activity',
		test.recorded('leader', 'TA', 'A', test.lines(2000001, 1, '2025-03-07T08:00', '2025-03-07T18:00')))),
	'{"activity": 4, "confirmed": 1, "minutes": 600, "credited_minutes": 480, "points": "80", "first_entry": 41, "last_entry": 41}',
	'600 minutes with a cap of 8 hours: 600 recorded, 80 points');
SELECT is(test.done('service_confirm', 'worker', jsonb_build_object('activity',
		test.recorded('leader', 'TA', 'A', test.lines(2000001, 1, '2025-03-07T19:00', '2025-03-07T20:00')))),
	'{"activity": 5, "confirmed": 1, "minutes": 60, "credited_minutes": 0, "points": "0"}', 'a further hour of the day gives nothing, without an entry');
SELECT is(test.done('service_confirm', 'worker', jsonb_build_object('activity',
		test.recorded('leader', 'TA', 'A', test.lines(2000002, 1, '2025-03-07T00:00', '2025-03-07T07:00') || test.lines(2000002, 1, '2025-03-07T10:00', '2025-03-07T12:00')
			|| test.lines(2000002, 1, '2025-03-06T23:50', '2025-03-07T00:00')))) - 'activity',
	'{"confirmed": 3, "minutes": 550, "credited_minutes": 490, "points": "81", "first_entry": 42, "last_entry": 44}',
	'days are those of Shanghai, and points are floored per record');

-- maker and checker, scope
SELECT test.recorded('leader', 'TA', 'A', test.lines(1000005, 3, '2025-03-06T08:00', '2025-03-06T09:00')) AS open \gset
SELECT is(test.refusal('service_confirm', 'workerb', '{"activity": 7}'), 'unknown_activity activity', 'another community''s activity looks like a missing one');
SELECT is(test.refusal('service_record', 'leaderb', test.activity('TA', 'A', test.lines(1000009, 1, '2025-03-06T08:00', '2025-03-06T09:00'))),
	'unknown_team team', 'another team looks like a missing one');
SELECT is(test.refusal('service_record', 'leader', test.activity('TA', 'TB', test.lines(1000009, 1, '2025-03-06T08:00', '2025-03-06T09:00'))),
	'unknown_community community', 'a team is no community');
SELECT test.enrol('leader-as-worker', 'worker', 'A', (SELECT person FROM ledger.operator WHERE kid = 'leader')) \g /dev/null
SELECT is(test.refusal('service_confirm', 'leader-as-worker', '{"activity": 7}'), 'maker_is_checker activity', 'who recorded does not confirm, with another key neither');
SELECT is(test.refusal('service_reject', 'leader-as-worker', '{"activity": 7, "reason": "x"}'), 'maker_is_checker activity', 'nor reject');

-- some of an activity
SELECT is(test.refusal('service_confirm', 'worker', '{"activity": 7, "records": [{"record": 48}, {"record": 1}]}'), 'unknown_record records/1/record',
	'a record of another activity is refused');
SELECT is(test.refusal('service_confirm', 'worker', '{"activity": 7, "records": [{"record": 48}, {"record": 48}]}'), 'duplicate_line records/1/record',
	'a record named twice is refused');
SELECT is(test.done('service_reject', 'worker', '{"activity": 7, "records": [{"record": 48}], "reason": "没有到场"}'), '{"activity": 7, "rejected": 1}', 'a worker rejects one');
SELECT is(test.refusal('service_confirm', 'worker', '{"activity": 7, "records": [{"record": 48}]}'), 'already_decided records/0/record', 'a rejected record stays rejected');
SELECT is(test.done('service_confirm', 'worker', '{"activity": 7}') ->> 'confirmed', '2', 'the rest is confirmed');
SELECT lives_ok($$SELECT test.recorded('leader', 'TA', 'A', test.lines(1000005, 1, '2025-03-06T08:00', '2025-03-06T09:00'))$$,
	'the time of a rejected record may be recorded again');

-- a service before the first rule
SELECT is(test.refusal('service_confirm', 'worker', jsonb_build_object('activity',
	test.recorded('leader', 'TA', 'A', test.lines(1000005, 1, '2023-12-31T08:00', '2023-12-31T09:00')))), 'no_rule activity', 'without a rule on its day nothing is confirmed');

-- the list
SELECT is(test.column(test.read('service_list', 'worker', '{"activity": 7}'), 'state'), 'rejected,confirmed,confirmed', 'the list says what became of each');
CREATE FUNCTION pg_temp.listed(kid text, input jsonb) RETURNS text LANGUAGE sql AS $$ SELECT coalesce(test.column(test.read('service_list', kid, input), 'record'), '') $$;
CREATE FUNCTION pg_temp.those(state text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(r.id::text, ',' ORDER BY r.id) FROM ledger.service_record r JOIN ledger.activity a ON a.id = r.activity
		JOIN ledger.node c ON c.id = a.community LEFT JOIN ledger.service_decision d ON d.record = r.id
		WHERE c.code = 'A' AND CASE state WHEN 'recorded' THEN d.record IS NULL WHEN 'confirmed' THEN d.confirmed ELSE NOT d.confirmed END
$$;
SELECT is(pg_temp.listed('worker', jsonb_build_object('state', state, 'limit', 100)), pg_temp.those(state), 'a list of those ' || state || ' has all of them')
	FROM unnest('{recorded,confirmed,rejected}'::text[]) AS state;
SELECT isnt(pg_temp.those('recorded'), split_part(pg_temp.those('recorded'), ',', 1), 'some records wait');
SELECT is(pg_temp.listed('worker', jsonb_build_object('state', 'recorded', 'limit', 1, 'cursor', test.read('service_list', 'worker', '{"state": "recorded", "limit": 1}') ->> 'next')),
	split_part(pg_temp.those('recorded'), ',', 2), 'page by page');
SELECT is(pg_temp.listed('worker', '{"state": "rejected", "activity": 7}') || ';' || pg_temp.listed('worker', '{"state": "recorded", "activity": 7}'), '48;', 'of one activity');
SELECT is(pg_temp.listed('worker', jsonb_build_object('state', 'rejected', 'volunteer', r.volunteer)), '48', 'of one volunteer') FROM ledger.service_record r WHERE r.id = 48;
SELECT is(pg_temp.listed('worker', '{"state": "recorded", "team": "TB"}'), '', 'of one team');
SELECT is(pg_temp.listed('workerb', '{"state": "recorded"}') || pg_temp.listed('workerb', '{"state": "rejected"}'), '', 'and another community''s worker sees none of them');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf as it is');
-- moments that follow each other by a microsecond, also over the end of a second
SELECT is_empty($$SELECT n FROM unnest('{0,1,999,999999,1000000,1000001,59999999}'::bigint[]) AS n, (SELECT timestamptz '2025-03-01 01:02:03Z') AS s (begins)
	WHERE core.utc_text_in('2025-03-01T01:02:03.', n, begins + n * interval '1 microsecond') IS DISTINCT FROM core.utc_text(begins + n * interval '1 microsecond')$$,
	'a moment has one text');
SELECT test.clock('2025-06-01 12:00:00');
SELECT test.recorded('leader', 'TA', 'A', test.lines(1000001, 6, '2025-05-30T09:00', '2025-05-30T10:00') || test.lines(1000001, 6, '2025-05-30T10:00', '2025-05-30T11:00')
	|| test.lines(1000001, 6, '2025-05-30T11:00', '2025-05-30T12:00')) AS late \gset
SELECT test.clock('2025-06-01 12:00:00.99999');
SELECT test.done('service_confirm', 'worker', jsonb_build_object('activity', :late)) \g /dev/null
SELECT is((SELECT count(DISTINCT date_trunc('second', e.recorded_at)) || ' ' || bool_and(l.body ->> 'recorded_at' = core.utc_text(e.recorded_at))
	FROM test.leaf l JOIN ledger.entry e ON e.number = (l.body ->> 'entry')::bigint WHERE e.recorded_at >= core.now()), '2 true', 'as entries of one command have it');
SELECT * FROM finish();
ROLLBACK;
