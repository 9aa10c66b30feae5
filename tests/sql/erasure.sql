-- Erasure: who may erase what, what goes at once, what the law keeps sealed and until when. Worked case 27.
BEGIN;
SET test.sealing = on;
\ir setup.sql
\ir money_setup.sql
SELECT plan(60);
SELECT test.clock('2025-03-10 12:00:00');
SELECT test.enrol('county', 'administrator', 'X'), test.enrol('both', 'worker', 'A') AS both \gset
SELECT test.done('operator_enrol', 'admin', jsonb_build_object('role', 'worker', 'node', 'A', 'name', test.hidden('周五')), '{周五}', '{"kid": "clerk", "jwk": {}}') ->> 'operator' AS clerk \gset
SELECT test.done('role_grant', 'admin', jsonb_build_object('operator', :both, 'role', 'auditor', 'node', 'H')) \g /dev/null
SELECT person AS clerk FROM ledger.operator WHERE id = :clerk \gset
SELECT person AS both FROM ledger.operator WHERE id = :both \gset
-- what is there to be erased; every value of its own, as clients salt them
SELECT test.done('volunteer_import', 'worker', jsonb_build_object('community', 'A', 'file', test.hidden('digest'), 'lines', jsonb_build_array(
	jsonb_build_object('number', 300001, 'name', test.hidden('钱一'), 'phone', test.hidden('13900000001')), jsonb_build_object('number', 300002, 'name', test.hidden('钱二')))),
	'{钱一,13900000001,钱二,digest}') \g /dev/null
SELECT (test.done('service_record', 'leader', test.activity('TA', 'A', test.lines(300001, 1, '2025-03-09T09:00', '2025-03-09T11:00')) || jsonb_build_object('in_charge', test.hidden('孙三')), '{孙三}') ->> 'activity')::bigint AS activity \gset
SELECT test.done('service_confirm', 'worker', jsonb_build_object('activity', :activity)), test.done('redemption_make', 'till', '{"shop": "PA", "volunteer": 300001, "points": "10"}') \g /dev/null
SELECT test.recorded('leader', 'TA', 'A', test.lines(300002, 1, '2025-03-09T09:00', '2025-03-09T10:00')) AS plain \gset
SELECT test.fund('A1') \g /dev/null
SELECT test.receive('A1', 'sponsorship', '500', NULL, NULL, '2025-02-01') AS gift, test.receive('A1', 'lottery_share', '100') AS share \gset
SELECT test.asked('A1', '100') ->> 'disbursement' AS spent \gset
CREATE FUNCTION pg_temp.erase(kind text, number bigint, who text DEFAULT 'admin') RETURNS text LANGUAGE sql AS $$
	SELECT test.refusal('person_erase', who, jsonb_build_object(kind, number, 'reason', '本人申请'))
$$;
CREATE FUNCTION pg_temp.erased(kind text, number bigint, who text DEFAULT 'admin') RETURNS jsonb LANGUAGE sql AS $$
	SELECT test.done('person_erase', who, jsonb_build_object(kind, number, 'reason', '本人申请'))
$$;
-- where a value can still be read: in which table
CREATE FUNCTION pg_temp.found(needle text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	t    text;
	hit  boolean;
	said text := '';
BEGIN
	FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'ledger' ORDER BY 1 LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM ledger.%I r WHERE r::text LIKE %L OR r::text LIKE %L)', t, '%' || needle || '%', '%' || encode(convert_to(needle, 'UTF8'), 'hex') || '%') INTO hit;
		said := said || CASE WHEN hit THEN t || ' ' ELSE '' END;
	END LOOP;
	RETURN said;
END $$;
CREATE TEMP TABLE before AS SELECT (SELECT jsonb_agg(a ORDER BY id) FROM ledger.account a) AS accounts, (SELECT jsonb_agg(l ORDER BY index) FROM test.leaves l) AS leaves,
	(SELECT jsonb_agg(q ORDER BY number) FROM ledger.request q) AS requests;

-- refusals
SELECT is(test.refusal('person_erase', 'admin', '{"reason": "x"}'), 'not_exactly_one volunteer', 'something is named');
SELECT is(test.refusal('person_erase', 'admin', '{"volunteer": 300001, "person": 1, "reason": "x"}'), 'not_exactly_one volunteer', 'and one thing only');
SELECT is(pg_temp.erase('volunteer', 300001, 'worker'), 'not_allowed', 'a worker erases nobody');
SELECT is(pg_temp.erase('volunteer', 7777777), 'unknown_volunteer volunteer', 'a volunteer who is not there');
SELECT is(pg_temp.erase('person', 7777777), 'unknown_person person', 'a person');
SELECT is(pg_temp.erase('activity', 7777777), 'unknown_activity activity', 'an activity');
SELECT is(pg_temp.erase('income', 7777777), 'unknown_entry income', 'an entry');
SELECT is(pg_temp.erase('disbursement', 7777777), 'unknown_disbursement disbursement', 'a disbursement');
SELECT is(pg_temp.erase('income', 1), 'unknown_entry income', 'an entry that is no income');
SELECT is(pg_temp.erase('income', :gift, 'county'), 'unknown_entry income', 'foreign income looks like a missing one');
SELECT is(pg_temp.erase('disbursement', :spent, 'county'), 'unknown_disbursement disbursement', 'so does a foreign disbursement');
SELECT is(pg_temp.erase('person', 1, 'county'), 'unknown_person person', 'a foreign person');
SELECT is(pg_temp.erase('person', :both, 'county'), 'unknown_person person', 'and one who also works elsewhere');
SELECT test.enrol('hostess', 'administrator', 'QX') \g /dev/null
SELECT is(pg_temp.erase('volunteer', 300001, 'hostess'), 'unknown_volunteer volunteer', 'a foreign volunteer');
SELECT is(pg_temp.erase('activity', :activity, 'hostess'), 'unknown_activity activity', 'a foreign activity');
SELECT is(pg_temp.erase('person', 1), 'nothing_to_erase person', 'a person without a name');
SELECT is(pg_temp.erase('activity', :plain), 'nothing_to_erase activity', 'an activity of which nobody was in charge');
SELECT is(test.refusal('person_purge', 'county', '{}'), 'not_allowed', 'who governs a part of the ledger purges nothing');
SELECT is(test.refusal('person_purge', 'admin', '{}'), 'nothing_to_purge', 'nothing is sealed yet');

-- a volunteer: worked case 27
SELECT is(pg_temp.found('钱一') || pg_temp.found('13900000001') || pg_temp.found('digest'), 'personal personal import_file personal ', 'personal values stand in erasable tables only');
SELECT is(pg_temp.erased('volunteer', 300001, 'county'), '{"erasure": 1, "subject_kind": "volunteer", "subject": 300001, "values": 2}', 'a volunteer is erased');
SELECT is(pg_temp.found('钱一') || pg_temp.found('13900000001'), '', 'name and phone stand nowhere');
SELECT is(pg_temp.found('digest'), '', 'nor does the digest of the file that brought them');
SELECT is(pg_temp.found('钱二'), 'personal ', 'others of the same file stay');
SELECT is(test.read('volunteer_show', 'worker', '{"volunteer": 300001}') - 'registered_at', '{"volunteer": 300001, "name": "已注销", "community": "A", "community_name": "甲社区"}', 'shown as 已注销');
SELECT is(test.column(test.read('service_list', 'worker', '{"volunteer": 300001}'), 'volunteer_name'), '已注销', 'in lists too');
SELECT is(test.points(300001), 10::bigint, 'what the volunteer has stays');
SELECT is(test.done('redemption_make', 'till', '{"shop": "PA", "volunteer": 300001, "points": "4"}') ->> 'points', '4', 'and can be spent');
SELECT is(pg_temp.erase('volunteer', 300001), 'already_erased volunteer', 'nobody is erased twice');

-- a person, an activity
SELECT is(pg_temp.erased('person', :clerk, 'county') - 'erasure' - 'subject', '{"subject_kind": "person", "values": 1}', 'a person of the register is erased');
SELECT is(pg_temp.found('周五'), '', 'the name is gone');
SELECT is(test.column(test.read('operator_list', 'county', '{"limit": 500}'), 'name') LIKE '%已注销%', true, 'and shown as 已注销');
SELECT is(test.query('org_list', 'clerk') ->> 'code', NULL, 'the key goes on');
SELECT is(pg_temp.erased('person', :both) ->> 'subject', :'both', 'the whole ledger''s administrator erases who works in several places');
SELECT is(pg_temp.erased('activity', :activity, 'county') - 'erasure' - 'subject', '{"subject_kind": "activity", "values": 1}', 'who was in charge of an activity');
SELECT is(pg_temp.found('孙三'), '', 'is named nowhere');

-- donors and payees: vouchers
SELECT is(pg_temp.erased('income', :gift, 'hostess') - 'erasure', jsonb_build_object('subject_kind', 'income', 'subject', :gift, 'values', 1, 'sealed_until', '2055-12-31'), 'a donor is sealed for thirty years from the end of the year');
SELECT is(pg_temp.found('李捐款'), 'personal_sealed ', 'and stands nowhere else');
SELECT is(test.column(test.read('income_list', 'booker', '{"fund": "A1"}'), 'donor'), '已注销,已注销', 'no read shows the name');
SELECT is(pg_temp.erase('income', :gift), 'already_erased income', 'once');
SELECT is(pg_temp.erase('income', :share), 'nothing_to_erase income', 'what shared its commitment is gone with it');
SELECT is(pg_temp.erased('disbursement', :spent, 'hostess') ->> 'sealed_until', '2055-12-31', 'so is a payee');
SELECT is(pg_temp.found('老年食堂'), 'personal_sealed ', 'who stands nowhere else either');
SELECT is(test.column(test.read('disbursement_list', 'booker', '{"fund": "A1"}'), 'payee'), '已注销', 'nor is shown');
SELECT throws_ok('UPDATE ledger.erasure SET reason = reason', '23000', NULL, 'erasures are never changed');
SELECT is((SELECT count(*) FROM test.leaf WHERE body -> 'rows' ? 'erasure'), 6::bigint, 'each stands in the log');
SELECT is((SELECT r -> 'row' FROM test.read('ledger_rows', 'auditor', '{"table": "personal_sealed", "limit": 1}') AS p, jsonb_array_elements(p -> 'rows') AS r) - 'commitment',
	'{"opens": true, "until": "2055-12-31"}', 'auditors see that sealed values open their commitments');

-- everything still verifies
SELECT is((SELECT jsonb_agg(a ORDER BY id) FROM ledger.account a WHERE number NOT LIKE 'P2%'), (SELECT jsonb_agg(a ORDER BY a -> 'id') FROM before, jsonb_array_elements(accounts) AS a WHERE a ->> 'number' NOT LIKE 'P2%'), 'no total has changed');
SELECT is((SELECT jsonb_agg(l ORDER BY index) FROM test.leaves l, before WHERE index < jsonb_array_length(leaves)), (SELECT leaves FROM before), 'no leaf');
SELECT is((SELECT jsonb_agg(q ORDER BY number) FROM ledger.request q, before WHERE number <= jsonb_array_length(requests)), (SELECT requests FROM before), 'no request');
SELECT is(test.root(ARRAY(SELECT sha256('\x00'::bytea || body) FROM test.leaves ORDER BY index)), (SELECT root FROM ledger.checkpoint ORDER BY size DESC LIMIT 1), 'the log has the root of its checkpoint');

-- the end of the term
SELECT test.clock('2055-12-31 23:59:59');
SELECT is(test.refusal('person_purge', 'admin', '{}'), 'nothing_to_purge', 'to the last day of the term they are kept');
SELECT is(test.refusal('person_purge', 'hostess', '{}'), 'not_allowed', 'and only who governs the whole ledger purges them');
SELECT test.clock('2056-01-01 00:00:00');
SELECT is(test.done('person_purge', 'admin', '{}'), '{"purge": 1, "values": 2}', 'after it they are deleted');
SELECT is(pg_temp.found('李捐款') || pg_temp.found('老年食堂'), '', 'and stand nowhere');
SELECT is(test.refusal('person_purge', 'admin', '{}'), 'nothing_to_purge', 'nothing is left');
SELECT is(test.read('income_list', 'booker', '{"fund": "A1"}') -> 'rows' -> 0 ->> 'donor', '已注销', 'the donor is shown as before');
SELECT is_empty('SELECT test.broken()', 'the invariants hold');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf');
SELECT is(test.query('ledger_rows', 'auditor', '{"table": "purge"}') #> '{result,rows,0,row}', jsonb_build_object('id', 1, 'values', 2, 'request', (SELECT max(number) FROM ledger.request)), 'the purge too');
SELECT * FROM finish();
ROLLBACK;
