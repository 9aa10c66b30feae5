-- Disbursements: who does what, which money is spent first, the limits. Worked cases 19 (related payees come later) and 20.
BEGIN;
\ir setup.sql
\ir money_setup.sql
SELECT plan(50);
SELECT test.clock('2025-06-30 12:00:00');

-- worked case 20
SELECT test.fund('L', opening => '60000', min_balance => '50000'), test.fund('R'), test.receive('R', 'sponsorship', '100000', '为老服务'), test.receive('R', 'sponsorship', '30000') \g /dev/null
CREATE FUNCTION pg_temp.want(fund text, amount text, purpose text DEFAULT NULL, who text DEFAULT 'booker') RETURNS text LANGUAGE sql AS $$
	SELECT test.refusal('disbursement_request', who, test.want(fund, amount, purpose), '{老年食堂}')
$$;
SELECT is(pg_temp.want('L', '20000'), 'below_minimum_balance amount', 'balance 60,000, minimum 50,000, pay 20,000: refused');
SELECT is(test.params('disbursement_request', 'booker', test.want('L', '20000')), '{"fund": "L", "available": "10000", "min_balance": "50000"}', '10,000 are available');
SELECT is(pg_temp.want('R', '50000', '助学'), 'not_enough_money amount', 'for elders 100,000, free 30,000, pay 50,000 for children: refused');
SELECT is(test.params('disbursement_request', 'booker', test.want('R', '50000', '助学')), '{"fund": "R", "available": "30000"}', '30,000 are available');
SELECT is(test.params('disbursement_request', 'booker', test.want('R', '30001')), '{"fund": "R", "available": "30000"}', 'nor for nothing in particular');
SELECT is(test.params('disbursement_request', 'booker', test.want('R', '130001', '为老服务')), '{"fund": "R", "available": "130000"}', 'for elders both kinds of money');
SELECT is((SELECT count(*) FROM ledger.purpose), 1::bigint, 'a refusal makes no purpose');
SELECT is(pg_temp.want('F', '1'), 'unknown_fund fund', 'a foreign fund looks like a missing one');
SELECT is(pg_temp.want('R', '1', NULL, 'elsewhere'), 'unknown_fund fund', 'to a foreign treasurer too');
SELECT is(pg_temp.want('R', '1', NULL, 'one'), 'not_allowed', 'an approver asks for nothing');

-- worked case 19: booker also holds the key two-hands, an approver's; one also one-more
SELECT test.enrol('two-hands', 'approver', 'QX', (SELECT person FROM ledger.operator WHERE kid = 'booker')),
	test.enrol('one-more', 'approver', 'QX', (SELECT person FROM ledger.operator WHERE kid = 'one')),
	test.enrol('one-pays', 'treasurer', 'QX', (SELECT person FROM ledger.operator WHERE kid = 'one')),
	test.enrol('far', 'approver', 'S') \g /dev/null
CREATE TEMP TABLE it AS SELECT test.asked('R', '120000', '为老服务') AS it;
SELECT is(test.refusal('disbursement_approve', 'two-hands', it), 'same_person disbursement', 'whoever asked does not approve, with another key either') FROM it;
SELECT is(test.refusal('disbursement_approve', 'far', it), 'unknown_disbursement disbursement', 'a foreign approver sees none') FROM it;
SELECT is(test.refusal('disbursement_approve', 'booker', it), 'not_allowed', 'a treasurer does not approve') FROM it;
SELECT is(test.refusal('disbursement_pay', 'payer', it || '{"bank_reference": "B"}'), 'not_approved disbursement', 'nothing is paid before it is approved') FROM it;
SELECT is(test.done('disbursement_approve', 'one', it), '{"state": "approved_once", "approvals": 1, "disbursement": 1}', 'the first approval') FROM it;
SELECT is(test.balance('R'), '130000 0 100000 30000 30000', 'moves nothing');
SELECT is(test.refusal('disbursement_approve', 'one', it), 'same_person disbursement', 'one person does not approve twice') FROM it;
SELECT is(test.refusal('disbursement_approve', 'one-more', it), 'same_person disbursement', 'with another key either') FROM it;
SELECT is(test.refusal('disbursement_pay', 'payer', it || '{"bank_reference": "B"}'), 'not_approved disbursement', 'one approval is not enough to pay') FROM it;
SELECT is(test.column(test.read('disbursement_list', 'looker', '{"fund": "R"}'), 'state'), 'approved_once', 'its state is listed');
SELECT is(test.refusal('disbursement_approve', 'two', it || '{"occurred_on": "2025-07-01"}'), 'dated_in_future occurred_on', 'the cost is not of tomorrow') FROM it;
SELECT is(test.done('disbursement_approve', 'two', it) ->> 'state', 'approved', 'the second approval') FROM it;
SELECT is(test.entry((SELECT max(number) FROM ledger.entry)),
	'5101 R 为老服务 120000; 2209 R -120000; 4101 R R 为老服务 100000; 4101 R -100000',
	'debit 5101, credit 2209; released: debit 4101 R, credit 4101 U');
SELECT is(test.balance('R'), '130000 120000 0 10000 10000', 'restricted money goes first, free money for the rest');
SELECT is(test.refusal('disbursement_approve', 'approver', it), 'unknown_disbursement disbursement', 'another host''s approver sees none') FROM it;
SELECT test.enrol('three', 'approver', 'QX') \g /dev/null
SELECT is(test.refusal('disbursement_approve', 'three', it), 'already_approved disbursement', 'there is no third approval') FROM it;
SELECT is(test.refusal('disbursement_pay', 'booker', it || '{"bank_reference": "B"}'), 'same_person disbursement', 'whoever asked does not pay') FROM it;
SELECT is(test.refusal('disbursement_pay', 'one-pays', it || '{"bank_reference": "B"}'), 'same_person disbursement', 'nor who approved') FROM it;
SELECT is(test.refusal('disbursement_pay', 'elsewhere', it || '{"bank_reference": "B"}'), 'unknown_disbursement disbursement', 'nor a stranger') FROM it;
SELECT is(test.refusal('disbursement_pay', 'payer', it || '{"bank_reference": "B", "paid_on": "2025-07-01"}'), 'dated_in_future paid_on', 'not tomorrow') FROM it;
SELECT is(test.refusal('disbursement_pay', 'payer', it || '{"bank_reference": "B", "paid_on": "2025-06-29"}'), 'paid_before_approved paid_on', 'not before it was approved') FROM it;
SELECT is(test.done('disbursement_pay', 'payer', it || '{"bank_reference": "B"}') ->> 'state', 'paid', 'paid by another one') FROM it;
SELECT is(test.entry((SELECT max(number) FROM ledger.entry)), '2209 R 120000; 1002 R -120000', 'debit 2209, credit 1002');
SELECT is(test.refusal('disbursement_pay', 'payer', it || '{"bank_reference": "B"}'), 'already_paid disbursement', 'once') FROM it;
SELECT is(test.balance('R'), '10000 0 0 10000 10000', 'bank and debt are less');
SELECT is(test.refusal('disbursement_pay', 'payer', '{"disbursement": 99, "bank_reference": "B"}'), 'unknown_disbursement disbursement', 'an unknown number');

-- limits are looked at again when it is posted
CREATE TEMP TABLE pair AS SELECT test.asked('R', '8000') AS a, test.asked('R', '8000') AS b;
SELECT test.done('disbursement_approve', 'one', a), test.done('disbursement_approve', 'one', b), test.done('disbursement_approve', 'two', a) FROM pair \g /dev/null
SELECT is(test.refusal('disbursement_approve', 'two', b), 'not_enough_money disbursement', 'the second of two that fit one by one is refused') FROM pair;
SELECT is(test.column(test.read('disbursement_list', 'looker', '{"state": "approved_once"}'), 'disbursement'), b ->> 'disbursement', 'and waits') FROM pair;

-- the order of the release: earlier years first, then gifts, then grants
SELECT test.fund('Y'), test.receive('Y', 'sponsorship', '300', '助学'), test.receive('Y', 'grant', '200', '助学'), test.receive('Y', 'sponsorship', '900') \g /dev/null
SELECT core.post(ROW(1, 1, '', '', '{}', 0, now(), '2025-01-01', NULL)::core.caller, 'opening', 'money', '2025-01-01',
	ARRAY[core.money_line('1002', n.id, 100), core.money_line('3102', n.id, -100, true, p.id)]) FROM ledger.node n, ledger.purpose p WHERE n.code = 'Y' AND p.label = '助学' \g /dev/null
SELECT test.spent('Y', '350', '助学') \g /dev/null
SELECT is(test.entry((SELECT max(number) FROM ledger.entry)), '5101 Y 助学 350; 2209 Y -350; 3102 Y R 助学 100; 3101 Y -100; 4101 Y R 助学 250; 4101 Y -250',
	'what is of earlier years goes first, then this year''s');
SELECT test.spent('Y', '400', '助学') \g /dev/null
SELECT is(test.entry((SELECT max(number) FROM ledger.entry)), '5101 Y 助学 400; 2209 Y -400; 4101 Y R 助学 50; 4101 Y -50; 4401 Y R 助学 200; 4401 Y -200',
	'gifts before grants, and the rest is free money');
SELECT is(test.balance('Y'), '1500 750 0 750 750', 'nothing is left for the purpose');
SELECT test.spent('Y', '750') \g /dev/null
SELECT is(test.entry((SELECT max(number) FROM ledger.entry)), '5101 Y 750; 2209 Y -750', 'without a purpose nothing is released');
SELECT is(pg_temp.want('Y', '1'), 'not_enough_money amount', 'and then it is empty');

-- who sees payees
SELECT is(test.read('disbursement_list', 'one', '{"fund": "R"}') -> 'rows' -> 0 ->> 'payee', '老年食堂', 'the committee reads the payee''s name');
SELECT is(test.read('disbursement_list', 'looker', '{"fund": "R"}') -> 'rows' -> 0 ->> 'payee', '老**', 'the auditor reads it masked');
SELECT is(test.read('disbursement_list', 'elsewhere') -> 'rows', '[]', 'strangers see nothing');
SELECT is(jsonb_array_length(test.read('disbursement_list', 'looker', '{"limit": 2}') -> 'rows'), 2, 'by pages');
SELECT ok((test.read('fund_statement', 'looker', '{"fund": "R", "from": "2025-01-01", "to": "2025-12-31"}') ->> 'consistent')::boolean, 'the statement agrees');
SELECT is_empty('SELECT test.broken()', 'the invariants hold');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf');
SELECT * FROM finish();
ROLLBACK;
