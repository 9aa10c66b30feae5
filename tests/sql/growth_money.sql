-- What a command about money reads does not grow with the ledger, nor what is read of an entry; see growth.sql.
BEGIN;
\ir setup.sql
\ir money_setup.sql
\ir growth_setup.sql
SELECT plan(64);
SELECT test.done('rule_set', 'admin', '{"effective_from": "2025-01-02", "points": 600, "minutes": 60, "daily_minutes": 480,
	"lot_days": 365, "fen_per_point": 10, "till_daily_points": "50000", "volunteer_daily_points": "5000"}') \g /dev/null
SELECT test.clock('2025-03-10 12:00:00');
SELECT test.fund('G', 'QXH', 'general', '90000000') \g /dev/null
SELECT test.fund('M1'), test.fund('M2') \g /dev/null
SELECT test.done('campaign_open', 'booker', '{"code": "P1", "fund": "M1", "filing_no": "53A1", "name": "募捐", "starts_on": "2025-02-01", "ends_on": "2025-05-31"}') \g /dev/null
SELECT test.done('shop_add', 'admin', '{"parent": "C1", "code": "PC", "name": "超市", "fund": "M2", "unsettled_limit": "100000", "return_limit": "100"}') \g /dev/null
SELECT test.enrol('keeper', 'manager', 'PC'), test.enrol('counter', 'till', 'PC') \g /dev/null
SELECT test.done('service_confirm', 'worker', jsonb_build_object('activity',
	test.recorded('leader', 'TA', 'A', test.lines(1000001, 10, '2025-03-01T09:00', '2025-03-01T13:00')))) \g /dev/null
SELECT test.receive('M2', 'sponsorship', '9000000') \g /dev/null

-- One of each command, for the n-th time.
CREATE FUNCTION pg_temp.business(n int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	it    jsonb;
	entry bigint;
BEGIN
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(1, 'income_receive', 'booker', test.gift('M1', 'public', '500', campaign => 'P1'), '{李捐款}'), 'income');
	entry := (SELECT max(number) FROM ledger.entry);
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(4, 'entry_reverse', 'booker', jsonb_build_object('entry', entry, 'reason', '记错')), 'a reversal');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(40, 'income_import', 'booker', jsonb_build_object('file', test.hidden('f' || n), 'lines', (SELECT jsonb_agg(
		CASE l % 3 WHEN 0 THEN test.gift('M1', 'public', '700', campaign => 'P1') WHEN 1 THEN test.gift('M2', 'sponsorship', '800')
			ELSE test.gift('M2', 'grant', '900', purpose => '助老') END) FROM generate_series(1, 40) AS l)), ARRAY['f' || n, '李捐款']), 'a file of income');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(1, 'fund_transfer', 'booker', '{"kind": "seed", "from": "G", "to": "M1", "amount": "1000"}'), 'a transfer');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(1, 'fund_open', 'admin', jsonb_build_object('code', 'N' || n, 'parent', 'C1', 'host', 'QXH', 'kind', 'micro', 'name', '新')), 'a fund');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(1, 'campaign_open', 'booker', jsonb_build_object('code', 'NP' || n, 'fund', 'M1', 'filing_no', '53', 'name', '募捐',
		'starts_on', '2025-02-01', 'ends_on', '2025-05-31')), 'a campaign');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(1, 'disbursement_request', 'booker', test.want('M2', '100'), '{老年食堂}'), 'a request for money');
	it := jsonb_build_object('disbursement', (SELECT max(id) FROM ledger.disbursement));
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(2, 'disbursement_approve', 'one', it), 'its first approval');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(2, 'disbursement_approve', 'two', it), 'its second approval');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(2, 'disbursement_pay', 'payer', it || '{"bank_reference": "B"}'), 'its payment');
	PERFORM test.done('redemption_make', 'counter', jsonb_build_object('shop', 'PC', 'volunteer', 1000000 + n, 'points', '100'));
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(1, 'settlement_claim', 'keeper', '{"shop": "PC"}'), 'a claim');
	it := jsonb_build_object('settlement', (SELECT max(id) FROM ledger.settlement));
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(2, 'settlement_approve', 'one', it), 'its first approval');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(2, 'settlement_approve', 'two', it), 'its second approval');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(2, 'settlement_pay', 'payer', it || '{"bank_reference": "B"}'), 'its payment');
	RETURN NEXT pg_temp.few(pg_temp.rows_a_line(1, 'rule_set', 'admin', jsonb_build_object('effective_from', '2025-04-0' || n, 'points', 600, 'minutes', 60, 'daily_minutes', 480,
		'lot_days', 365, 'fen_per_point', 10, 'till_daily_points', '50000', 'volunteer_daily_points', '5000')), 'a rule');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('entry_show', 'looker', jsonb_build_object('entry', entry)), 'an entry');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('entry_list', 'looker', jsonb_build_object('from', entry, 'limit', 5)), 'a list of entries');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('entry_list', 'looker', jsonb_build_object('fund', 'N' || n)), 'one of a fund that has none');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('entry_list', 'looker', '{"fund": "G"}'), 'one of a fund that has few');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('fund_balance', 'looker', '{"fund": "M1"}'), 'a balance');
	RETURN NEXT pg_temp.few_of_read(pg_temp.rows_of_read('disbursement_list', 'looker', '{"fund": "M1", "limit": 5}'), 'a list of disbursements');
END $$;

SELECT cmp_ok(pg_temp.rows_a_line(1, 'income_receive', 'booker', test.gift('M2', 'sponsorship', '500'), '{李捐款}'), '>', 0::bigint, 'rows that are read are counted');
SELECT pg_temp.business(1);

-- 5,000 households, 3,000 other funds with a campaign each and what they were given, 2,000 purposes, 3,000 settlements and disbursements of the two funds.
INSERT INTO ledger.node (id, parent, kind, code, name, path, request)
	SELECT 10000 + n, c.id, 'household', 'HH' || n, '一户', c.path || (10000 + n)::text, 1 FROM generate_series(1, 5000) AS n, ledger.node c WHERE c.code = 'C1';
INSERT INTO ledger.node (id, parent, kind, code, name, path, request)
	SELECT 20000 + n, c.id, 'fund', 'FF' || n, '旧基金', c.path || (20000 + n)::text, 1 FROM generate_series(1, 3000) AS n, ledger.node c WHERE c.code = 'C1';
INSERT INTO ledger.fund (node, host, kind, min_balance, opened_on, request)
	SELECT 20000 + n, h.id, 'micro', 0, '2024-01-01', 1 FROM generate_series(1, 3000) AS n, ledger.node h WHERE h.code = 'QXH';
INSERT INTO ledger.campaign (id, code, fund, filing_no, name, starts_on, ends_on, request)
	SELECT 1000 + n, 'CC' || n, 20000 + n, '53', '旧', '2024-01-01', '2024-12-31', 1 FROM generate_series(1, 3000) AS n;
INSERT INTO ledger.purpose (id, label, request) SELECT 1000 + n, '用途' || n, 1 FROM generate_series(1, 2000) AS n;
INSERT INTO ledger.account (id, number, owner, balance, version)
	SELECT 10000 + 2 * n + s, CASE s WHEN 0 THEN '1002' ELSE '4101' END, 20000 + n, CASE s WHEN 0 THEN 1000 ELSE -1000 END, 10
	FROM generate_series(1, 3000) AS n, generate_series(0, 1) AS s;
INSERT INTO ledger.entry (number, recorded_at, request, occurred_on, kind, book)
	SELECT 100000 + n, timestamptz '2024-07-01 00:00Z' + n * interval '1 second', 1, '2024-07-01', 'income', 'money' FROM generate_series(1, 30000) AS n;
INSERT INTO ledger.posting (account, version, entry, amount, balance, line)
	SELECT 10000 + 2 * (1 + n % 3000) + s, 1 + (n - 1) / 3000, 100000 + n, CASE s WHEN 0 THEN 100 ELSE -100 END, 0, 1 + s
	FROM generate_series(1, 30000) AS n, generate_series(0, 1) AS s;
INSERT INTO ledger.income (entry, fund, channel, purpose, amount, donor_kind, anonymous, person, request)
	SELECT 100000 + n, 20001 + n % 3000, 'sponsorship', 0, 100, 'person', true, 1, 1 FROM generate_series(1, 30000) AS n;
INSERT INTO ledger.settlement (id, shop, fund, from_entry, upto_entry, points, fen, person, request)
	SELECT 1000 + n, p.id, f.id, 0, 1, 1, 1, 1, 1 FROM generate_series(1, 3000) AS n, ledger.node p, ledger.node f WHERE p.code = 'PA' AND f.code = 'M2';
INSERT INTO ledger.settlement_approval (settlement, ordinal, person, request) SELECT 1000 + n, o, 1, 1 FROM generate_series(1, 3000) AS n, generate_series(1, 2) AS o;
INSERT INTO ledger.disbursement (id, fund, purpose, amount, payee, payee_kind, resolution, content, person, requested_on, request)
	SELECT 1000 + n, f.id, 0, 1, '\x00', 'person', '旧', '旧', 1, '2024-07-01', 1 FROM generate_series(1, 3000) AS n, ledger.node f WHERE f.code = 'M2';
INSERT INTO ledger.disbursement_approval (disbursement, ordinal, person, request) SELECT 1000 + n, o, 1, 1 FROM generate_series(1, 3000) AS n, generate_series(1, 2) AS o;

SELECT pg_temp.business(2);
ANALYZE;
SELECT pg_temp.business(3);
SELECT * FROM finish();
ROLLBACK;
