-- Rules of points: dated, never changed for days that have gone.
BEGIN;
\ir setup.sql
SELECT plan(10);
SELECT test.clock('2025-03-10 00:30:00');
CREATE FUNCTION pg_temp.rule(day text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('effective_from', day, 'points', 1, 'minutes', 60, 'daily_minutes', 120, 'lot_days', 30, 'fen_per_point', 100,
		'till_daily_points', '5', 'volunteer_daily_points', '6')
$$;
SELECT is(test.refusal('rule_set', 'admin', pg_temp.rule('2025-03-09')), 'rule_in_the_past effective_from', 'a later rule does not reach back');
SELECT is(test.done('rule_set', 'admin', pg_temp.rule('2025-03-10')), '{"rule": 2, "effective_from": "2025-03-10"}', 'it may begin today');
SELECT is(test.done('rule_set', 'admin', pg_temp.rule('2025-03-10') || '{"points": 2}'), '{"rule": 3, "effective_from": "2025-03-10"}', 'and be set anew');
SELECT is(test.column(test.read('rule_show', 'till', '{"date": "2025-03-10"}'), 'points'), '2', 'of two from the same day the later one is in force');
SELECT is(test.column(test.read('rule_show', 'till', '{"date": "2025-03-09"}'), 'points'), '10', 'the day before keeps its rule');
SELECT is(test.query('rule_show', 'till', '{"date": "2023-12-31"}') ->> 'code', 'no_rule', 'before the first there is none');
SELECT is(test.column(test.read('rule_show', 'auditor'), 'rule'), '1,2,3', 'all of them are listed');
SELECT test.enrol('county', 'administrator', 'X') \g /dev/null
SELECT is(test.refusal('rule_set', 'county', pg_temp.rule('2025-03-11')), 'not_allowed', 'rules are of the whole ledger: who governs a part of it sets none');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf as it is');
INSERT INTO ledger.rule SELECT 9, '2025-04-01', 1, 1, 1, 1, 1, 1, 1, 1;
SELECT isnt_empty('SELECT test.unrecorded()', 'a row written behind the log''s back does not');
SELECT * FROM finish();
ROLLBACK;
