-- What the tests of money stand on beside setup.sql: a county with communities and its own charity, and people who hold the money.
-- The treasurers pay what the other one asked for.

SELECT test.done('org_add', 'admin', jsonb_build_object('parent', parent, 'kind', kind, 'code', code, 'name', name))
	FROM (VALUES ('CITY', 'county', 'QX', '清溪县'), ('QX', 'host', 'QXH', '清溪县慈善会'), ('QX', 'street', 'QS', '城关街道'),
		('QS', 'community', 'C1', '一社区'), ('QS', 'community', 'C2', '二社区')) AS o (parent, kind, code, name) \g /dev/null
SELECT test.enrol(kid, role, node) FROM (VALUES ('booker', 'treasurer', 'QX'), ('payer', 'treasurer', 'QX'), ('one', 'approver', 'QX'),
	('two', 'approver', 'QX'), ('looker', 'auditor', 'QX'), ('elsewhere', 'treasurer', 'S')) AS e (kid, role, node) \g /dev/null

-- Opens a fund of the county's charity.
CREATE FUNCTION test.fund(code text, parent text DEFAULT 'C1', kind text DEFAULT 'micro', opening text DEFAULT NULL, min_balance text DEFAULT NULL,
	opened_on text DEFAULT '2025-01-01') RETURNS jsonb LANGUAGE sql AS $$
	SELECT test.done('fund_open', CASE WHEN opening IS NULL THEN 'admin' ELSE 'booker' END, jsonb_strip_nulls(jsonb_build_object('code', code, 'parent', parent, 'host', 'QXH', 'kind', kind,
		'name', '基金' || code, 'opening', opening, 'opened_on', opened_on, 'min_balance', min_balance)))
$$;
-- The input of income from a named donor.
CREATE FUNCTION test.gift(fund text, channel text, amount text, purpose text DEFAULT NULL, campaign text DEFAULT NULL,
	occurred_on text DEFAULT '2025-03-01') RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('fund', fund, 'channel', channel, 'amount', amount, 'purpose', purpose, 'campaign', campaign,
		'occurred_on', occurred_on, 'donor', test.hidden('李捐款'), 'donor_kind', 'person'))
$$;
CREATE FUNCTION test.receive(fund text, channel text, amount text, purpose text DEFAULT NULL, campaign text DEFAULT NULL,
	occurred_on text DEFAULT '2025-03-01') RETURNS bigint LANGUAGE sql AS $$
	SELECT (test.done('income_receive', 'booker', test.gift(fund, channel, amount, purpose, campaign, occurred_on), '{李捐款}') ->> 'entry')::bigint
$$;
-- The input of a request for money, and one that was carried out: its number.
CREATE FUNCTION test.want(fund text, amount text, purpose text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('fund', fund, 'amount', amount, 'purpose', purpose, 'payee', test.hidden('老年食堂'),
		'payee_kind', 'organisation', 'resolution', '管委会2025-3号', 'content', '食堂补贴'))
$$;
CREATE FUNCTION test.asked(fund text, amount text, purpose text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('disbursement', test.done('disbursement_request', 'booker', test.want(fund, amount, purpose), '{老年食堂}') -> 'disbursement')
$$;
-- Spends money of a fund through all its steps but the payment.
CREATE FUNCTION test.spent(fund text, amount text, purpose text DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	it jsonb := test.asked(fund, amount, purpose);
BEGIN
	PERFORM test.done('disbursement_approve', 'one', it);
	PERFORM test.done('disbursement_approve', 'two', it);
	RETURN it;
END $$;
-- Some members of an object, parted by blanks.
CREATE FUNCTION test.members(object jsonb, VARIADIC names text[]) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(coalesce(object ->> name, '-'), ' ' ORDER BY place) FROM unnest(names) WITH ORDINALITY AS n (name, place)
$$;
CREATE FUNCTION test.balance(fund text) RETURNS text LANGUAGE sql AS $$
	SELECT test.members(test.read('fund_balance', 'looker', jsonb_build_object('fund', fund)), 'bank', 'payable', 'restricted', 'unrestricted', 'spendable')
$$;
-- The lines of an entry: account, fund, R and purpose where restricted, amount.
CREATE FUNCTION test.entry(entry bigint) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', p ->> 'account', p ->> 'owner', CASE WHEN p ? 'restricted' THEN 'R' END, p ->> 'purpose', p ->> 'amount'), '; ' ORDER BY place)
	FROM core.entry_postings(NULL, ARRAY[entry]) l, jsonb_array_elements(l.postings) WITH ORDINALITY AS e (p, place)
$$;
-- What breaks the money book's invariants: an entry, a fund in an entry, funds of a host that do not cancel out, a purpose below zero,
-- a balance that is not the sum of its postings, an entry that mixes the books.
CREATE FUNCTION test.broken() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT 'entry ' || p.entry FROM core.postings() p JOIN ledger.account a ON a.id = p.account
		GROUP BY p.entry, CASE WHEN a.number LIKE 'P%' THEN 0 ELSE a.owner END HAVING sum(p.amount) <> 0
	UNION ALL SELECT 'host ' || f.host FROM ledger.account a JOIN ledger.fund f ON f.node = a.owner WHERE a.number = '3199' GROUP BY f.host HAVING sum(a.balance) <> 0
	UNION ALL SELECT 'purpose ' || a.purpose FROM ledger.account a WHERE a.restricted GROUP BY a.owner, a.purpose HAVING sum(a.balance) > 0
	UNION ALL SELECT 'account ' || a.id FROM ledger.account a WHERE a.balance <> (SELECT coalesce(sum(p.amount), 0) FROM core.postings() p WHERE p.account = a.id)
	UNION ALL SELECT 'books ' || p.entry FROM core.postings() p JOIN ledger.account a ON a.id = p.account JOIN ledger.chart c ON c.number = a.number
		GROUP BY p.entry HAVING count(DISTINCT c.book) > 1
$$;
