-- Income: which account each channel goes to, campaigns, donors, files.
BEGIN;
\ir setup.sql
\ir money_setup.sql
SELECT plan(47);
SELECT test.clock('2025-06-30 12:00:00');
SELECT test.fund('A1'), test.fund('A2', 'C2') \g /dev/null
CREATE FUNCTION pg_temp.campaign(more jsonb, who text DEFAULT 'booker') RETURNS text LANGUAGE sql AS $$
	SELECT test.refusal('campaign_open', who, '{"code": "P2", "fund": "A1", "filing_no": "53A", "name": "敬老", "starts_on": "2025-02-01", "ends_on": "2025-03-31"}' || more)
$$;
SELECT is(test.done('campaign_open', 'booker', '{"code": "P1", "fund": "A1", "filing_no": "53A", "name": "敬老", "starts_on": "2025-02-01", "ends_on": "2025-03-31"}'),
	'{"fund": "A1", "campaign": "P1"}', 'a campaign opens');
SELECT is(pg_temp.campaign('{"code": "P1"}'), 'already_exists code', 'a campaign''s code is taken once');
SELECT is(pg_temp.campaign('{"ends_on": "2025-01-31"}'), 'ends_before_start ends_on', 'a campaign does not end before it starts');
SELECT is(pg_temp.campaign('{"fund": "F"}'), 'unknown_fund fund', 'nor belongs to a foreign fund');
SELECT is(pg_temp.campaign('{}', 'elsewhere'), 'unknown_fund fund', 'nor is opened by a stranger');

-- accounts
SELECT is(test.entry(test.receive('A1', 'public', '100', '为老服务', 'P1')), '1002 A1 100; 4101 A1 R 为老服务 -100', 'public fundraising for a purpose: 1002 / 4101 R');
SELECT is(test.entry(test.receive('A1', 'public', '100', NULL, 'P1', '2025-03-31')), '1002 A1 100; 4101 A1 -100', 'and for anything, on the last day: 4101 U');
SELECT is(test.entry(test.receive('A1', 'sponsorship', '100', '为老服务')), '1002 A1 100; 4101 A1 R 为老服务 -100', 'sponsorship: 4101');
SELECT is(test.entry(test.receive('A1', 'grant', '100', '助学')), '1002 A1 100; 4401 A1 R 助学 -100', 'a grant for a purpose: 4401 R');
SELECT is(test.entry(test.receive('A1', 'service_commission', '100')), '1002 A1 100; 4301 A1 -100', 'service commission: 4301');
SELECT is(test.entry(test.receive('A1', 'lottery_share', '100')), '1002 A1 100; 4901 A1 -100', 'lottery share: 4901');
SELECT is(test.entry(test.receive('A1', 'other', '100')), '1002 A1 100; 4901 A1 -100', 'other income: 4901');
SELECT is((SELECT string_agg(label, ',' ORDER BY id) FROM ledger.purpose), '为老服务,助学', 'a purpose is made once');
SELECT is(test.balance('A1'), '700 0 300 400 400', 'what the fund has');
SELECT is(test.read('fund_balance', 'looker', '{"fund": "A1"}') -> 'purposes',
	'[{"purpose": "为老服务", "restricted": "200"}, {"purpose": "助学", "restricted": "100"}]', 'and for what');

-- refusals
CREATE FUNCTION pg_temp.receive(more jsonb, who text DEFAULT 'booker') RETURNS text LANGUAGE sql AS $$
	SELECT test.refusal('income_receive', who, jsonb_strip_nulls(test.gift('A1', 'public', '100', NULL, 'P1') || more), '{李捐款}')
$$;
SELECT is(pg_temp.receive('{"occurred_on": "2025-01-31"}'), 'outside_campaign_window occurred_on', 'before the campaign');
SELECT is(pg_temp.receive('{"occurred_on": "2025-04-01"}'), 'outside_campaign_window occurred_on', 'after it');
SELECT is(pg_temp.receive('{"occurred_on": "2025-07-01"}'), 'dated_in_future occurred_on', 'in the future');
SELECT is(pg_temp.receive('{"campaign": null}'), 'campaign_required campaign', 'public fundraising without a campaign');
SELECT is(pg_temp.receive('{"campaign": "P9"}'), 'unknown_campaign campaign', 'a campaign that is not there');
SELECT is(pg_temp.receive('{"fund": "A2"}'), 'unknown_campaign campaign', 'another fund''s campaign');
SELECT is(pg_temp.receive('{"channel": "sponsorship"}'), 'campaign_not_allowed campaign', 'sponsorship in a campaign');
SELECT is(pg_temp.receive('{"donor": null}'), 'donor_required donor', 'a gift without donor');
SELECT is(pg_temp.receive('{"channel": "service_commission", "campaign": null, "purpose": "助学"}'), 'cannot_be_restricted purpose', 'service income with a purpose');
SELECT is(pg_temp.receive('{"channel": "other", "campaign": null, "purpose": "助学"}'), 'cannot_be_restricted purpose', 'other income with a purpose');
SELECT is(pg_temp.receive('{"fund": "F"}'), 'unknown_fund fund', 'a foreign fund');
SELECT is(pg_temp.receive('{"fund": "ZZ"}'), 'unknown_fund fund', 'and one that is not there');
SELECT is(pg_temp.receive('{}', 'elsewhere'), 'unknown_fund fund', 'a foreign treasurer');
SELECT is(pg_temp.receive('{}', 'one'), 'not_allowed', 'an approver');

-- files
CREATE FUNCTION pg_temp.file(lines jsonb, digest text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('file', test.hidden(digest), 'lines', lines)
$$;
CREATE TEMP TABLE good AS SELECT jsonb_agg(CASE n % 3 WHEN 0 THEN test.gift('A1', 'public', (n * 10)::text, '为老服务', 'P1', '2025-02-' || lpad((n % 28 + 1)::text, 2, '0'))
	WHEN 1 THEN test.gift('A2', 'sponsorship', (n * 10)::text, '环保') ELSE test.gift('A2', 'lottery_share', (n * 10)::text) END ORDER BY n) AS lines FROM generate_series(1, 41) AS n;
SELECT is(test.refusal('income_import', 'booker', pg_temp.file(jsonb_set(lines, '{40,fund}', '"ZZ"'), 'd'), '{d,李捐款}'), 'unknown_fund lines/40/fund',
	'one bad line of 41: nothing is booked, the error names it') FROM good;
SELECT is(test.refusal('income_import', 'booker', pg_temp.file(jsonb_set(jsonb_set(lines, '{40,fund}', '"ZZ"'), '{2,occurred_on}', '"2025-01-01"'), 'd'), '{d,李捐款}'),
	'outside_campaign_window lines/2/occurred_on', 'of two the first') FROM good;
SELECT is(test.done('income_import', 'booker', pg_temp.file(lines, 'd'), '{d,李捐款}'), '{"lines": 41, "first_entry": 8, "last_entry": 48, "amount": "8610"}', 'a good file') FROM good;
SELECT is((SELECT count(*) FROM ledger.entry WHERE number BETWEEN 8 AND 48 AND kind = 'income'), 41::bigint, 'an entry a line');
SELECT is((SELECT string_agg(e.occurred_on::text, ',' ORDER BY number) FROM ledger.entry e WHERE number BETWEEN 8 AND 10), '2025-03-01,2025-03-01,2025-02-04', 'each on its own day');
SELECT is(test.entry(10), '1002 A1 30; 4101 A1 R 为老服务 -30', 'each on its own accounts');
SELECT is((SELECT count(DISTINCT recorded_at) FROM ledger.entry), (SELECT count(*) FROM ledger.entry), 'each at its own moment');
SELECT is((SELECT count(*) FROM test.leaf WHERE (body ->> 'entry')::int BETWEEN 8 AND 48), 41::bigint, 'a leaf a line');
SELECT is(test.refusal('income_import', 'booker', pg_temp.file(lines, 'd'), '{d,李捐款}'), 'already_imported file', 'the same file again') FROM good;

-- who sees donors
SELECT test.done('income_receive', 'booker', test.gift('A1', 'sponsorship', '5') || '{"anonymous": true}', '{李捐款}') \g /dev/null
SELECT test.done('income_receive', 'booker', test.gift('A1', 'sponsorship', '5') - 'donor' || '{"anonymous": true}') \g /dev/null
SELECT is(test.column(test.read('income_list', 'booker', '{"fund": "A1", "from": "2025-03-31", "to": "2025-03-31"}'), 'donor'), '李捐款', 'the treasurer reads the name');
SELECT is(test.column(test.read('income_list', 'looker', '{"fund": "A1", "from": "2025-03-31", "to": "2025-03-31"}'), 'donor'), '李**', 'the auditor reads it masked');
SELECT is(test.column(test.read('income_list', 'booker', '{"fund": "A1", "cursor": "AAAAAAAAADA"}'), 'donor'), '爱心人士,爱心人士', 'who wants no name has none');
DELETE FROM ledger.personal WHERE value = '李捐款';
SELECT is(test.column(test.read('income_list', 'booker', '{"fund": "A1", "from": "2025-03-31", "to": "2025-03-31"}'), 'donor'), '已注销', 'an erased name shows 已注销');
SELECT is(test.read('income_list', 'elsewhere') -> 'rows', '[]', 'strangers see nothing');
SELECT is(test.column(test.read('income_list', 'looker', '{"channel": "grant"}'), 'purpose'), '助学', 'by channel');
SELECT is(test.column(test.read('campaign_list', 'looker'), 'raised'), (200 + 10 * (SELECT sum(n) FROM generate_series(3, 41, 3) AS n))::text, 'what a campaign raised');
SELECT is_empty('SELECT test.broken()', 'the invariants hold');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf');
SELECT * FROM finish();
ROLLBACK;
