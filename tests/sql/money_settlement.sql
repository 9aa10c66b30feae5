-- Settlements of shops. Worked case 16, and what may not happen on the way.
BEGIN;
\ir setup.sql
\ir money_setup.sql
SELECT plan(34);
SELECT test.done('shop_add', 'admin', '{"parent": "C1", "code": "PC", "name": "超市", "fund": "F", "unsettled_limit": "100000", "return_limit": "100"}') \g /dev/null
SELECT test.enrol('keeper', 'manager', 'PC'), test.enrol('counter', 'till', 'PC') \g /dev/null
SELECT test.done('rule_set', 'admin', '{"effective_from": "2025-01-02", "points": 600, "minutes": 60, "daily_minutes": 480,
	"lot_days": 365, "fen_per_point": 10, "till_daily_points": "50000", "volunteer_daily_points": "5000"}') \g /dev/null
-- the fund F of setup.sql is the general fund of the host H, under which its people stand
SELECT test.enrol('pays', 'treasurer', 'H'), test.enrol('keeper-approves', 'approver', 'H', (SELECT person FROM ledger.operator WHERE kid = 'keeper')),
	test.enrol('approver-pays', 'treasurer', 'H', (SELECT person FROM ledger.operator WHERE kid = 'approver')) \g /dev/null
SELECT test.clock('2025-03-01 20:00:00');
SELECT test.done('service_confirm', 'worker', jsonb_build_object('activity',
	test.recorded('leader', 'TA', 'A', test.lines(1000001, 10, '2025-03-01T09:00', '2025-03-01T13:00')))) \g /dev/null
SELECT is(test.refusal('settlement_claim', 'keeper', '{"shop": "PC"}'), 'nothing_to_settle shop', 'a shop that redeemed nothing claims nothing');

-- 12,340 redeemed, 340 refunded
CREATE FUNCTION pg_temp.redeem(volunteer bigint, points int) RETURNS bigint LANGUAGE sql AS $$
	SELECT (test.done('redemption_make', 'counter', jsonb_build_object('shop', 'PC', 'volunteer', volunteer, 'points', points::text)) ->> 'entry')::bigint
$$;
SELECT pg_temp.redeem(1000000 + n, 2000) FROM generate_series(1, 6) AS n \g /dev/null
CREATE TEMP TABLE last AS SELECT pg_temp.redeem(1000007, 340) AS entry;
SELECT test.done('redemption_refund', 'counter', jsonb_build_object('redemption', entry, 'points', '340')) FROM last \g /dev/null
CREATE FUNCTION pg_temp.shop() RETURNS bigint LANGUAGE sql AS $$
	SELECT -core.balance('P2400', (SELECT id FROM ledger.node WHERE code = 'PC'))
$$;
SELECT is(pg_temp.shop(), 12000::bigint, '12,340 points less 340 refunds = 12,000');
SELECT is(test.refusal('settlement_claim', 'manager', '{"shop": "PC"}'), 'unknown_shop shop', 'another shop''s manager sees none');
SELECT is(test.refusal('settlement_claim', 'counter', '{"shop": "PC"}'), 'not_allowed', 'the till does not claim');
SELECT is(test.done('settlement_claim', 'keeper', '{"shop": "PC"}'),
	'{"shop": "PC", "fund": "F", "state": "claimed", "amount": "120000", "points": "12000", "settlement": 1}', '12,000 points are 120,000 fen');
SELECT is(test.refusal('settlement_claim', 'keeper', '{"shop": "PC"}'), 'nothing_to_settle shop', 'what was claimed is not claimed again');

-- approval
SELECT is(test.refusal('settlement_approve', 'keeper-approves', '{"settlement": 1}'), 'same_person settlement', 'whoever claims does not approve');
SELECT is(test.refusal('settlement_approve', 'one', '{"settlement": 1}'), 'unknown_settlement settlement', 'nor another host''s approver');
SELECT is(test.refusal('settlement_approve', 'keeper', '{"settlement": 1}'), 'not_allowed', 'nor a manager');
SELECT is(test.done('settlement_approve', 'approver', '{"settlement": 1}') ->> 'state', 'approved_once', 'the first approval');
SELECT is(test.refusal('settlement_approve', 'approver', '{"settlement": 1}'), 'same_person settlement', 'one person does not approve twice');
SELECT is(test.refusal('settlement_approve', 'approver2', '{"settlement": 1}'), 'not_enough_money settlement', 'a fund without money does not pay');
SELECT test.done('income_receive', 'treasurer', test.gift('F', 'sponsorship', '500000', '助学'), '{李捐款}') \g /dev/null
SELECT is(test.refusal('settlement_approve', 'approver2', '{"settlement": 1}'), 'not_enough_money settlement', 'not from money that has a purpose either');
SELECT test.done('income_receive', 'treasurer', test.gift('F', 'sponsorship', '200000'), '{李捐款}') \g /dev/null
SELECT is(test.refusal('settlement_pay', 'pays', '{"settlement": 1, "bank_reference": "B"}'), 'not_approved settlement', 'nothing is paid before');
SELECT is(test.done('settlement_approve', 'approver2', '{"settlement": 1}') ->> 'state', 'approved', 'the second approval');
SELECT is(test.entry((SELECT max(number) FROM ledger.entry)), '5101 F 120000; 2202 F -120000', 'debit 5101, credit 2202');
CREATE FUNCTION pg_temp.fund() RETURNS text LANGUAGE sql AS $$
	SELECT test.members(test.read('fund_balance', 'auditor', '{"fund": "F"}'), 'bank', 'payable', 'restricted', 'unrestricted')
$$;
SELECT is(pg_temp.fund(), '700000 120000 500000 80000', 'payable 120,000, bank unchanged');
SELECT is(pg_temp.shop(), 12000::bigint, 'and the shop''s points still there');
SELECT test.enrol('approver3', 'approver', 'H') \g /dev/null
SELECT is(test.refusal('settlement_approve', 'approver3', '{"settlement": 1}'), 'already_approved settlement', 'there is no third approval');

-- payment
SELECT is(test.refusal('settlement_pay', 'approver-pays', '{"settlement": 1, "bank_reference": "B"}'), 'same_person settlement', 'who approved does not pay');
SELECT is(test.refusal('settlement_pay', 'pays', '{"settlement": 1, "bank_reference": "B", "paid_on": "2025-02-28"}'), 'paid_before_approved paid_on', 'not before it was approved');
SELECT is(test.refusal('settlement_pay', 'pays', '{"settlement": 1, "bank_reference": "B", "paid_on": "2025-03-02"}'), 'dated_in_future paid_on', 'not tomorrow');
SELECT is(test.refusal('settlement_pay', 'booker', '{"settlement": 1, "bank_reference": "B"}'), 'unknown_settlement settlement', 'nor a stranger');
SELECT is(test.done('settlement_pay', 'pays', '{"settlement": 1, "bank_reference": "B"}') - '{entry,points_entry}'::text[],
	'{"state": "paid", "amount": "120000", "points": "12000", "settlement": 1}', 'paid by a third person');
SELECT is(pg_temp.fund(), '580000 0 500000 80000', 'payable 0, bank less 120,000');
SELECT is(pg_temp.shop(), 0::bigint, 'the shop''s points are gone');
SELECT is(array_agg(test.entry(number) ORDER BY number), '{"2202 F 120000; 1002 F -120000","P2400 PC 12000; P3300 -12000"}', 'two entries, one a book')
	FROM ledger.entry WHERE request = (SELECT request FROM ledger.settlement_payment);
SELECT is((SELECT count(DISTINCT recorded_at) FROM ledger.entry), (SELECT count(*) FROM ledger.entry), 'each at its own moment');
SELECT is(test.refusal('settlement_pay', 'pays', '{"settlement": 1, "bank_reference": "B"}'), 'already_paid settlement', 'once');

-- the next claim begins where the last one ended
SELECT pg_temp.redeem(1000008, 50) \g /dev/null
SELECT is(test.done('settlement_claim', 'keeper', '{"shop": "PC"}') ->> 'points', '50', 'the next claim has what came since');
SELECT is(test.column(test.read('settlement_list', 'keeper'), 'state'), 'paid,claimed', 'the manager follows them');
SELECT is(test.read('settlement_list', 'manager') -> 'rows', '[]', 'other managers do not');
SELECT is_empty('SELECT test.broken()', 'the invariants hold');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf');
SELECT * FROM finish();
ROLLBACK;
