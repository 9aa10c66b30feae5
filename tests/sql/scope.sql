-- What one may not learn through entries that touch one's own scope and somebody else's, what administrators may not give
-- themselves, and leaves that stay small.
BEGIN;
\ir setup.sql
\ir money_setup.sql
SELECT plan(23);
SELECT test.clock('2025-03-08 12:00:00');
SELECT test.enrol(kid, role, node) FROM (VALUES ('purse', 'treasurer', 'CITY'), ('workers', 'worker', 'S')) AS e (kid, role, node) \g /dev/null
SELECT test.done('service_confirm', 'worker', jsonb_build_object('activity',
	test.recorded('leader', 'TA', 'A', test.lines(1000001, 1, '2025-03-07T09:00', '2025-03-07T12:00')))) \g /dev/null
CREATE TEMP TABLE e AS SELECT (test.done('redemption_make', 'till', '{"shop": "PA", "volunteer": 1000001, "points": "10"}') ->> 'entry')::bigint AS paid;
GRANT SELECT ON e TO PUBLIC;
-- "owner amount balance" of each line of the redemption as a key sees it
CREATE FUNCTION pg_temp.seen(who text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg((p ->> 'owner') || ' ' || (p ->> 'amount') || ' ' || coalesce(p ->> 'balance', '-'), '; ' ORDER BY n), said ->> 'code')
	FROM (SELECT test.query('entry_show', who, jsonb_build_object('entry', paid)) AS said FROM e) AS q
	LEFT JOIN LATERAL jsonb_array_elements(said -> 'result' -> 'postings') WITH ORDINALITY AS x (p, n) ON true GROUP BY said
$$;

-- balances
SELECT is(pg_temp.seen('manager'), '1000001 10 -; PA -10 -10', 'the shop''s manager sees the shop''s balance and not the volunteer''s');
SELECT is(pg_temp.seen('worker'), '1000001 10 -20; PA -10 -10', 'the worker of the community both');
SELECT is(pg_temp.seen('auditor'), '1000001 10 -20; PA -10 -10', 'the auditor too');
SELECT is(pg_temp.seen('workerb'), 'unknown_entry', 'another community nothing');
SELECT is(pg_temp.seen('till'), 'not_allowed', 'a till nothing');
SELECT is(pg_temp.seen('purse'), '1000001 10 -; PA -10 -10', 'a treasurer what the shop took');
SELECT is(test.column(test.read('ledger_journal', 'purse', '{"book": "points"}'), 'kind'), 'redemption', 'and not what volunteers earned');
SELECT is(test.column(test.read('ledger_journal', 'auditor', '{"book": "points"}'), 'kind'), 'service_credit,redemption', 'which the auditor sees');
SELECT is(test.column(test.read('entry_list', 'workers'), 'kind'), 'service_credit,redemption', 'and the worker of the street');
SELECT is((SELECT count(*) FROM jsonb_array_elements(test.read('ledger_journal', 'auditor') -> 'rows') AS r (r), jsonb_array_elements(r -> 'postings') AS p (p)
	WHERE NOT p ? 'balance'), 0::bigint, 'whoever sees everything sees every balance');

-- roles of one's own
SELECT is(test.refusal('role_grant', 'admin', '{"operator": 1, "role": "treasurer", "node": "CITY"}'), 'not_allowed operator', 'an administrator does not become treasurer by itself');
SELECT is(test.refusal('operator_enrol', 'admin', '{"person": 1, "role": "till", "node": "PA"}', NULL, '{"kid": "other", "jwk": {}}'), 'not_allowed person',
	'nor with another key');
SELECT is(test.done('operator_enrol', 'admin', '{"person": 1, "role": "administrator", "node": "CITY"}', NULL, '{"kid": "spare", "jwk": {}}') ->> 'person', '1',
	'but may have a second key for the same');
SELECT is(test.refusal('role_grant', 'spare', '{"operator": 1, "role": "approver", "node": "H"}'), 'not_allowed operator', 'which gives the first one nothing');

-- cursors
SELECT is(core.cursor_decode(core.cursor_encode(4711)), 4711::bigint, 'a cursor comes back');
SELECT is(core.cursor_decode('f_________8'), NULL, 'one beyond all numbers is none');
SELECT is(core.cursor_decode('___________'), NULL, 'nor is one below');
SELECT is_empty($$SELECT op, cursor FROM unnest('{org_list,org_tree,team_list,shop_list,operator_list,rule_show,service_list,points_history,redemption_list,
		entry_list,ledger_journal,fund_list,campaign_list,income_list,disbursement_list,settlement_list}'::text[]) AS op, unnest('{x,f_________8,___________,AAAAAAAAAA}'::text[]) AS cursor
	WHERE test.query(op, 'auditor', jsonb_build_object('cursor', cursor, 'volunteer', 1000001)) - 'head' IS DISTINCT FROM '{"code": "bad_cursor", "field": "cursor"}'$$,
	'no list begins anew for one that is none');
SELECT is(test.query('org_tree', 'auditor', jsonb_build_object('cursor', core.cursor_encode(4711))) ->> 'code', 'bad_cursor', 'nor the tree for a node that is none');

-- leaves of imports
SELECT test.fund('A1') \g /dev/null
CREATE FUNCTION pg_temp.import(many int, purposes int, file text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT test.done('income_import', 'booker', jsonb_build_object('file', test.hidden(file), 'lines', (SELECT jsonb_agg(
		jsonb_build_object('fund', 'A1', 'channel', 'sponsorship', 'amount', '100', 'anonymous', true, 'purpose', repeat('救助', 18) || n % purposes) ORDER BY n)
		FROM generate_series(1, many) AS n)), ARRAY[file])
$$;
SELECT is(pg_temp.import(300, 200, 'a') ->> 'lines', '300', 'a file with 200 new purposes is taken');
SELECT is((SELECT count(*) FROM test.leaf WHERE body -> 'rows' ? 'purpose'), 200::bigint, 'each in the leaf of the first line that names it');
SELECT is(pg_temp.import(20, 20, 'b') ->> 'lines', '20', 'and once they are known there are none to be made');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf');
SELECT * FROM finish();
ROLLBACK;
