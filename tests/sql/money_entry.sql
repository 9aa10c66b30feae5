-- The journal: entries shown and listed, reversals, trial balance, status.
BEGIN;
\ir setup.sql
\ir money_setup.sql
SELECT plan(52);
SELECT test.clock('2025-06-30 12:00:00');
SELECT test.fund('G', 'QXH', 'general', '1000', opened_on => '2025-01-01'), test.fund('A1'), test.fund('A2', 'C2', min_balance => '50') \g /dev/null
CREATE TEMP TABLE e AS SELECT (test.done('fund_transfer', 'booker', '{"kind": "seed", "from": "G", "to": "A1", "amount": "400"}') ->> 'entry')::bigint AS seed,
	test.receive('A1', 'sponsorship', '300', '助学') AS gift, test.receive('A1', 'lottery_share', '70') AS share, test.receive('A2', 'sponsorship', '100') AS low;
SELECT test.clock('2025-07-15 12:00:00');
CREATE FUNCTION pg_temp.reverse(entry bigint, who text DEFAULT 'booker') RETURNS text LANGUAGE sql AS $$
	SELECT test.refusal('entry_reverse', who, jsonb_build_object('entry', entry, 'reason', '记错'))
$$;
CREATE FUNCTION pg_temp.reversed(entry bigint) RETURNS bigint LANGUAGE sql AS $$
	SELECT (test.done('entry_reverse', 'booker', jsonb_build_object('entry', entry, 'reason', '记错')) ->> 'entry')::bigint
$$;

-- reversal
SELECT is(pg_temp.reverse(99), 'unknown_entry entry', 'what is not there');
SELECT is(pg_temp.reverse(gift, 'elsewhere'), 'unknown_entry entry', 'what is foreign') FROM e;
SELECT is(pg_temp.reverse(gift, 'one'), 'not_allowed', 'by the committee') FROM e;
SELECT is(pg_temp.reverse(low), 'below_minimum_balance entry', 'what must stay in the bank') FROM e;
SELECT test.spent('A1', '200', '助学') \g /dev/null
SELECT is(pg_temp.reverse(gift), 'not_enough_money entry', 'what was spent in part') FROM e;
SELECT is(pg_temp.reverse((SELECT max(number) FROM ledger.entry)), 'not_reversible entry', 'an approval');
SELECT test.receive('A1', 'grant', '200', '助学') \g /dev/null
SELECT is(test.entry(pg_temp.reversed(share)), '1002 A1 -70; 4901 A1 70', 'a reversal posts the negated lines') FROM e;
SELECT is((SELECT occurred_on::text || ' ' || reverses FROM ledger.entry ORDER BY number DESC LIMIT 1), '2025-07-15 4', 'on its own day, naming what it reverses');
SELECT is(pg_temp.reverse(share), 'already_reversed entry', 'once') FROM e;
SELECT is(pg_temp.reverse((SELECT max(number) FROM ledger.entry)), 'not_reversible entry', 'a reversal is not reversed');
SELECT is(test.entry(pg_temp.reversed(gift)), '1002 A1 -300; 4101 A1 R 助学 300', 'a gift of which enough is left for its purpose') FROM e;
SELECT is(test.balance('A1'), '600 200 0 400 400', 'leaves the purpose empty, and free money as it was');
SELECT is(test.entry(pg_temp.reversed(seed)), '1002 A1 -400; 3199 A1 400; 3199 G -400; 1002 G 400', 'a transfer goes back') FROM e;
SELECT is(test.balance('G'), '1000 0 0 1000 1000', 'to where it came from');
SELECT is(test.entry(pg_temp.reversed(1)), '1002 G -1000; 3101 G 1000', 'an opening balance');
SELECT is(test.balance('A1'), '200 200 0 0 0', 'what is owed can still be paid');
SELECT is(test.column(test.read('income_list', 'looker', '{"fund": "A1", "channel": "lottery_share"}'), 'reversed_by'), '8', 'the list of income says so');
SELECT is(test.members(test.read('fund_statement', 'looker', '{"fund": "A1", "from": "2025-01-01", "to": "2025-12-31"}'), 'income', 'spending', 'transfer', 'closing', 'consistent'),
	'200 200 0 0 true', 'the statement of the year has nothing of what was reversed');
SELECT is(test.members(test.read('fund_statement', 'looker', '{"fund": "A1", "from": "2025-07-01", "to": "2025-07-31"}'), 'opening', 'income', 'consistent'),
	'970 -370 true', 'that of the month takes it off');

-- show and list
CREATE TEMP TABLE shown AS SELECT test.read('entry_show', 'looker', jsonb_build_object('entry', share)) AS s FROM e;
SELECT is(test.members(s, 'kind', 'book', 'occurred_on', 'reversed_by'), 'income money 2025-03-01 8', 'an entry is shown') FROM shown;
SELECT is(s ->> 'request', (SELECT core.base64url(q.hash) FROM ledger.request q JOIN ledger.entry x ON x.request = q.number WHERE x.number = share), 'with the hash of its request') FROM shown, e;
SELECT is(s -> 'kid', '"booker"', 'and who signed it') FROM shown;
SELECT is(s -> 'postings' -> 0, '{"fund": "A1", "owner": "A1", "title": "银行存款", "amount": "70", "account": "1002", "balance": "770", "version": 3, "owner_kind": "fund"}', 'its lines') FROM shown;
SELECT is(test.members(test.read('entry_show', 'looker', '{"entry": 8}'), 'reverses', 'reason'), '4 记错', 'a reversal says what and why');
INSERT INTO ledger.leaf SELECT q.leaf_first, ARRAY['{"book":"money","entry":4,"kid":"x"}'::bytea] FROM ledger.request q JOIN ledger.entry x ON x.request = q.number WHERE x.number = 4;
SELECT is(test.read('entry_show', 'looker', '{"entry": 4}') ->> 'leaf', (SELECT q.leaf_first::text FROM ledger.request q JOIN ledger.entry x ON x.request = q.number WHERE x.number = 4), 'its place in the log');
SELECT is(test.query('entry_show', 'elsewhere', '{"entry": 4}') ->> 'code', 'unknown_entry', 'a foreign entry looks like a missing one');
SELECT is(test.query('entry_show', 'auditor', '{"entry": 99}') ->> 'code', 'unknown_entry', 'as this one does');
SELECT is(test.column(test.read('entry_list', 'looker'), 'entry'), '1,2,3,4,5,6,7,8,9,10,11', 'all entries');
SELECT is(test.column(test.read('entry_list', 'looker', '{"fund": "G"}'), 'entry'), '1,2,10,11', 'of a fund');
SELECT is(test.column(test.read('entry_list', 'looker', jsonb_build_object('fund', 'G', 'limit', 2, 'cursor', test.read('entry_list', 'looker', '{"fund": "G", "limit": 2}') -> 'next')), 'entry'),
	'10,11', 'by pages too');
SELECT is(test.column(test.read('entry_list', 'looker', '{"fund": "G", "kind": "entry_reversal"}'), 'entry'), '10,11', 'of a fund and of a kind');
SELECT is(test.column(test.read('entry_list', 'looker', '{"kind": "entry_reversal", "from": 9}'), 'entry'), '9,10,11', 'of a kind, from a number');
SELECT is(test.column(test.read('entry_list', 'looker', '{"to": 2}'), 'amount'), '1000,800', 'up to a number, with the sum of the debits');
SELECT is(test.column(test.read('entry_list', 'looker', jsonb_build_object('limit', 4, 'cursor', test.read('entry_list', 'looker', '{"limit": 4}') -> 'next')), 'entry'), '5,6,7,8', 'by pages');
SELECT is(test.read('entry_list', 'elsewhere') -> 'rows', '[]', 'strangers see none');
SELECT is(test.query('entry_list', 'looker', '{"fund": "F"}') ->> 'code', 'unknown_fund', 'nor a foreign fund''s');
UPDATE ledger.account SET version = version + 5000 WHERE owner = (SELECT n.id FROM ledger.node n WHERE n.code = 'G');   -- as if it had as many postings as a busy fund
SELECT is(test.column(test.read('entry_list', 'looker', '{"fund": "G"}'), 'entry'), '1,2,10,11', 'of a fund with many postings alike');
SELECT is(test.column(test.read('entry_list', 'looker', '{"fund": "G", "kind": "entry_reversal", "from": 11}'), 'entry'), '11', 'of it, of a kind, from a number');
UPDATE ledger.account SET version = version - 5000 WHERE owner = (SELECT n.id FROM ledger.node n WHERE n.code = 'G');

-- trial balance, with points in the other book
SELECT test.done('service_confirm', 'worker', jsonb_build_object('activity',
	test.recorded('leader', 'TA', 'A', test.lines(1000001, 2, '2025-07-14T09:00', '2025-07-14T12:00')))) \g /dev/null
SELECT test.done('redemption_make', 'till', '{"shop": "PA", "volunteer": 1000001, "points": "10"}') \g /dev/null
CREATE TEMP TABLE trial AS SELECT test.read('ledger_trial_balance', 'auditor') AS t;
SELECT is(t -> 'balanced', 'true', 'the trial balance holds') FROM trial;
SELECT is((SELECT string_agg(concat_ws(' ', r ->> 'book', r ->> 'debit', r ->> 'credit', r ->> 'difference'), '; ' ORDER BY n)
	FROM jsonb_array_elements(t -> 'totals') WITH ORDINALITY AS x (r, n)), 'points 70 70 0; money 5040 5040 0', 'in both books') FROM trial;
SELECT is((SELECT string_agg(concat_ws(' ', r ->> 'account', r ->> 'balance'), '; ' ORDER BY n)
	FROM jsonb_array_elements(t -> 'rows') WITH ORDINALITY AS x (r, n)),
	'P1000 60; P2100 -50; P2400 -10; 1002 300; 2209 -200; 3101 0; 3199 0; 4101 -100; 4401 -200; 4901 0; 5101 200', 'account by account') FROM trial;
SELECT is(test.members(test.read('ledger_trial_balance', 'looker', '{"node": "C2"}') -> 'totals' -> 0, 'book', 'debit', 'credit'), 'money 100 100', 'of a part of the tree');
SELECT is(jsonb_array_length(test.read('ledger_trial_balance', 'looker') -> 'totals'), 1, 'a part has no points book of its own');
SELECT is(test.query('ledger_trial_balance', 'looker', '{"node": "S"}') ->> 'code', 'unknown_node', 'a foreign part looks like a missing one');

-- journal
CREATE TEMP TABLE journal AS SELECT test.read('ledger_journal', 'auditor', '{"limit": 5}') AS j;
SELECT is(test.column(j, 'entry'), '1,2,3,4,5', 'the journal by pages') FROM journal;
SELECT is(j -> 'rows' -> 2 -> 'postings' -> 1, '{"fund": "A1", "owner": "A1", "title": "捐赠收入", "amount": "-300", "account": "4101", "balance": "-300", "purpose": "助学", "version": 1, "owner_kind": "fund", "restricted": true}',
	'with all lines') FROM journal;
SELECT is(test.column(test.read('ledger_journal', 'auditor', jsonb_build_object('cursor', j -> 'next')), 'entry'), '6,7,8,9,10,11,12,13,14', 'to the end') FROM journal;
SELECT is(test.column(test.read('ledger_journal', 'auditor', '{"book": "points"}'), 'kind'), 'service_credit,service_credit,redemption', 'of one book');
SELECT is(test.column(test.read('ledger_journal', 'looker'), 'entry'), '1,2,3,4,5,6,7,8,9,10,11', 'of one part of the tree');
SELECT is(test.members(test.read('ledger_status', 'till'), 'aud', 'entries', 'funds', 'shops', 'volunteers'), 'test 14 4 2 43', 'the status');
SELECT is_empty('SELECT test.broken()', 'the invariants hold');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf');
SELECT * FROM finish();
ROLLBACK;
