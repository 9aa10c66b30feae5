-- Funds: opening, transfers, what the statement and the roll-up say. Worked cases 17 and 18 (without its goods).
BEGIN;
\ir setup.sql
\ir money_setup.sql
SELECT plan(43);
SELECT test.clock('2025-06-30 12:00:00');

-- opening
SELECT is(test.fund('G', 'QXH', 'general', '4400000', opened_on => '2025-01-01') ->> 'entry', '1', 'the general fund opens with its balance');
SELECT is(test.entry(1), '1002 G 4400000; 3101 G -4400000', 'debit 1002, credit 3101');
SELECT is((SELECT occurred_on FROM ledger.entry WHERE number = 1), '2025-01-01', 'on the day it was opened');
CREATE FUNCTION pg_temp.open(more jsonb, who text DEFAULT 'admin') RETURNS text LANGUAGE sql AS $$
	SELECT test.refusal('fund_open', who, '{"code": "N", "parent": "C1", "host": "QXH", "kind": "micro", "name": "新"}' || more)
$$;
SELECT is(pg_temp.open('{"kind": "general"}'), 'already_exists kind', 'a host has one general fund');
SELECT is(pg_temp.open('{"code": "G"}'), 'already_exists code', 'a code is taken once');
SELECT is(pg_temp.open('{"host": "C1"}'), 'unknown_host host', 'a community is no host');
SELECT is(pg_temp.open('{"parent": "G"}'), 'unknown_node parent', 'a fund does not hang on a fund');
SELECT is(pg_temp.open('{"parent": "NO"}'), 'unknown_node parent', 'nor on what is not there');
SELECT is(pg_temp.open('{"opened_on": "2025-07-01"}'), 'dated_in_future opened_on', 'nor in the future');
SELECT is(pg_temp.open('{}', 'booker'), 'not_allowed opening', 'a treasurer opens no fund that brings nothing');

-- worked case 17
SELECT test.fund('M' || n, CASE WHEN n <= 11 THEN 'C1' ELSE 'C2' END) FROM generate_series(1, 22) AS n \g /dev/null
SELECT test.done('fund_transfer', 'booker', jsonb_build_object('kind', 'seed', 'from', 'G', 'to', 'M' || n, 'amount', '200000',
	'occurred_on', '2025-01-02')) FROM generate_series(1, 22) AS n \g /dev/null
SELECT is(test.entry(2), '1002 M1 200000; 3199 M1 -200000; 3199 G 200000; 1002 G -200000', 'seed: receiver 1002 / 3199, payer 3199 / 1002');
SELECT test.done('campaign_open', 'booker', jsonb_build_object('code', 'P' || n, 'fund', 'M' || n, 'filing_no', '53A' || n, 'name', '募捐',
	'starts_on', '2025-02-01', 'ends_on', '2025-05-31')) FROM generate_series(1, 22) AS n \g /dev/null
SELECT test.done('income_import', 'booker', jsonb_build_object('file', test.hidden('f17'), 'lines', (
	SELECT jsonb_agg(test.gift('M' || n, channel, amount, campaign => CASE channel WHEN 'public' THEN 'P' || n END) ORDER BY n, channel)
	FROM (SELECT n, 'public' AS channel, CASE n WHEN 22 THEN '1100000' ELSE '900000' END AS amount FROM generate_series(1, 22) AS n
		UNION ALL SELECT n, 'sponsorship', '500000' FROM generate_series(1, 22) AS n
		UNION ALL SELECT n, 'service_commission', '200000' FROM generate_series(1, 15) AS n
		UNION ALL SELECT 1, 'service_commission', '1000000') AS income)), '{f17,李捐款}') \g /dev/null
CREATE TEMP TABLE county AS SELECT test.read('fund_rollup', 'looker', '{"node": "QX"}') -> 'rows' AS r;
SELECT is(test.members(r -> -1, 'node', 'total', 'funds', 'closing', 'opening', 'seed', 'restricted', 'unrestricted'), 'QX true 23 39400000 4400000 0 0 39400000', 'the county has 39,400,000')
	FROM county;
SELECT is((SELECT sum((r -> -1 ->> c)::bigint) FROM unnest('{public,sponsorship,service_commission}'::text[]) AS c), 35000000::numeric, 'of it 35,000,000 raised by three channels') FROM county;
SELECT is(test.members(r -> 0, 'node', 'opening', 'seed', 'closing'), 'QXH 4400000 -4400000 0', 'the host''s general fund has nothing left') FROM county;
SELECT is(test.members(r -> 1, 'node', 'funds', 'seed', 'closing'), 'QS 22 4400000 39400000', 'the funds have everything') FROM county;
SELECT is((SELECT sum(balance) FROM ledger.account WHERE number = '3199'), 0::numeric, '3199 sums to zero');
SELECT is((SELECT sum(balance) FROM ledger.account WHERE number = '1002'), 39400000::numeric, 'the host''s bank has 39,400,000');
SELECT is(test.query('fund_rollup', 'elsewhere', '{"node": "QX"}') ->> 'code', 'unknown_node', 'another part of the tree looks like a missing one');

-- transfers that are refused
CREATE FUNCTION pg_temp.move(more jsonb, who text DEFAULT 'booker') RETURNS text LANGUAGE sql AS $$
	SELECT test.refusal('fund_transfer', who, '{"kind": "transfer", "from": "M2", "to": "M3", "amount": "1"}' || more)
$$;
SELECT test.fund('K', 'C2', min_balance => '50000', opening => '60000') \g /dev/null
SELECT test.receive('K', 'sponsorship', '30000', '为老服务') \g /dev/null
SELECT is(pg_temp.move('{"to": "M2"}'), 'same_fund to', 'to itself');
SELECT is(pg_temp.move('{"to": "F"}'), 'unknown_fund to', 'to a fund out of scope');
SELECT is(pg_temp.move('{}', 'elsewhere'), 'unknown_fund from', 'from a fund out of scope');
SELECT is(pg_temp.move('{"kind": "seed"}'), 'fund_not_general from', 'seed money comes from the general fund');
SELECT is(pg_temp.move('{"kind": "charge"}'), 'fund_not_general to', 'the charge goes to it');
SELECT is(pg_temp.move('{"occurred_on": "2025-07-01"}'), 'dated_in_future occurred_on', 'in the future');
SELECT is(pg_temp.move('{"from": "K", "amount": "60001"}'), 'not_enough_money amount', 'restricted money is not transferred');
SELECT is(pg_temp.move('{"from": "K", "amount": "40001"}'), 'below_minimum_balance amount', 'nor what must stay');
SELECT is(pg_temp.move('{"from": "G", "amount": "1"}'), 'not_enough_money amount', 'nor what is not there');
SELECT is(test.balance('K'), '90000 0 30000 60000 40000', 'the balance says how much may go');

-- worked case 18, without its goods
SELECT test.fund('E', 'C1', opening => '200000') \g /dev/null
SELECT test.done('campaign_open', 'booker', '{"code": "PE", "fund": "E", "filing_no": "53A-E", "name": "敬老", "starts_on": "2025-02-01", "ends_on": "2025-05-31"}') \g /dev/null
SELECT test.receive('E', 'public', '500000', '为老服务', 'PE'), test.receive('E', 'sponsorship', '300000'),
	test.receive('E', 'service_commission', '60000'), test.receive('E', 'lottery_share', '40000') \g /dev/null
SELECT test.done('disbursement_pay', 'payer', test.spent('E', '350000', '为老服务') || '{"bank_reference": "B1"}') \g /dev/null
SELECT test.done('disbursement_pay', 'payer', test.spent('E', '120000') || '{"bank_reference": "B2"}') \g /dev/null
SELECT test.done('fund_transfer', 'booker', '{"kind": "charge", "from": "E", "to": "G", "amount": "40000"}') \g /dev/null
CREATE TEMP TABLE statement AS SELECT test.read('fund_statement', 'looker', '{"fund": "E", "from": "2025-01-02", "to": "2025-06-30"}') AS s;
SELECT is(test.members(s, 'opening', 'opening_restricted', 'opening_unrestricted'), '200000 0 200000', 'opening') FROM statement;
SELECT is(test.members(s, 'taken_over', 'income', 'spending', 'transfer', 'otherwise'), '0 900000 470000 -40000 0', 'income, spending, charge') FROM statement;
SELECT is(test.members(s, 'closing', 'bank', 'other_assets', 'payable', 'restricted', 'unrestricted'), '590000 590000 0 0 150000 440000', 'closing 590,000, restricted 150,000, unrestricted 440,000') FROM statement;
SELECT is((SELECT string_agg(concat_ws(' ', l ->> 'section', l ->> 'item', l ->> 'purpose', l ->> 'counterparty', l ->> 'restricted', l ->> 'unrestricted'), '; ' ORDER BY n)
	FROM jsonb_array_elements(s -> 'lines') WITH ORDINALITY AS x (l, n)),
	'income lottery_share 0 40000; income public 为老服务 500000 0; income service_commission 0 60000; income sponsorship 0 300000; '
	'spending disbursement 0 120000; spending disbursement 为老服务 350000 0; transfer charge G 0 -40000', 'line by line') FROM statement;
SELECT is(s -> 'purposes', '[{"purpose": "为老服务", "restricted": "150000"}]', 'what is left for elders') FROM statement;
SELECT ok((s ->> 'consistent')::boolean AND jsonb_array_length(s -> 'proof') = 3, 'it proves itself') FROM statement;
SELECT is(test.members(test.read('fund_statement', 'looker', '{"fund": "E", "from": "2025-01-01", "to": "2025-01-01"}'), 'opening', 'taken_over', 'closing'),
	'0 200000 200000', 'the opening balance is taken over on its day');
SELECT is(test.members(test.read('fund_statement', 'looker', '{"fund": "E", "from": "2025-03-02", "to": "2025-03-31"}'), 'opening_restricted', 'income', 'closing'),
	'500000 0 1100000', 'a month in between begins and ends with what was there');
SELECT is(test.query('fund_statement', 'looker', '{"fund": "E", "from": "2025-03-02", "to": "2025-03-01"}') ->> 'code', 'ends_before_start', 'a statement does not run backwards');
SELECT is(test.query('fund_statement', 'looker', '{"fund": "F", "from": "2025-03-02", "to": "2025-03-03"}') ->> 'code', 'unknown_fund', 'a foreign fund looks like a missing one');
SELECT is(test.column(test.read('fund_list', 'looker', '{"node": "QXH"}'), 'fund'), 'G', 'funds of a node');
SELECT is(jsonb_array_length(test.read('fund_list', 'looker', '{"limit": 20}') -> 'rows'), 20, 'a page');
SELECT is(test.column(test.read('fund_list', 'looker', jsonb_build_object('limit', 20, 'cursor', test.read('fund_list', 'looker', '{"limit": 20}') -> 'next')), 'fund'),
	'M20,M21,M22,K,E', 'and the next');
SELECT is_empty('SELECT test.broken()', 'the invariants hold');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf');
SELECT * FROM finish();
ROLLBACK;
