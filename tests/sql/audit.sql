-- What auditors read: leaves, requests and tables, of the whole ledger or of a part of it; and who gets which receipt.
BEGIN;
SET test.sealing = on;
\ir setup.sql
\ir money_setup.sql
SELECT plan(83);
SELECT test.clock('2025-03-10 12:00:00');
SELECT test.enrol(kid, role, node) FROM (VALUES ('eye-a', 'auditor', 'A'), ('eye-b', 'auditor', 'B'), ('eye-t', 'auditor', 'TA'), ('eye-p', 'auditor', 'PB')) AS e (kid, role, node) \g /dev/null
-- the number of the last request, under a name
CREATE TEMP TABLE mark (name text PRIMARY KEY, number bigint, first bigint, count int);
CREATE FUNCTION pg_temp.mark(name text) RETURNS text LANGUAGE sql AS $$
	INSERT INTO mark SELECT mark.name, q.number, q.leaf_first, q.leaf_count FROM ledger.request q ORDER BY q.number DESC LIMIT 1 RETURNING name
$$;
SELECT test.fund('A1'), pg_temp.mark('fund A1'), test.fund('A2', 'C2'), pg_temp.mark('fund A2'), test.fund('G', 'QXH', 'general', '1000', opened_on => '2025-01-01'), pg_temp.mark('opening G') \g /dev/null
SELECT test.receive('A1', 'sponsorship', '500'), pg_temp.mark('income A1'), test.receive('A2', 'sponsorship', '300', '助学'), pg_temp.mark('income A2') \g /dev/null
SELECT test.done('fund_transfer', 'booker', '{"kind": "seed", "from": "G", "to": "A1", "amount": "400"}'), pg_temp.mark('transfer G A1') \g /dev/null
SELECT test.done('income_import', 'booker', jsonb_build_object('file', test.hidden('file'), 'lines', jsonb_build_array(test.gift('A1', 'sponsorship', '10'), test.gift('A2', 'sponsorship', '20'))), '{file,李捐款}'),
	pg_temp.mark('import A1 A2') \g /dev/null
CREATE TEMP TABLE it AS SELECT test.asked('A1', '100') AS a1, pg_temp.mark('request A1');
SELECT test.done('disbursement_approve', 'one', a1), pg_temp.mark('approve A1') FROM it \g /dev/null
SELECT test.done('disbursement_approve', 'two', a1), pg_temp.mark('approve A1 again') FROM it \g /dev/null
SELECT test.done('disbursement_pay', 'payer', a1 || '{"bank_reference": "B"}'), pg_temp.mark('pay A1') FROM it \g /dev/null
-- 1000001 is of A, 2000001 of B; both serve with the team of A, in A
CREATE TEMP TABLE served AS SELECT test.recorded('leader', 'TA', 'A', test.lines(1000001, 1, '2025-03-09T09:00', '2025-03-09T11:00') || test.lines(2000001, 1, '2025-03-09T09:00', '2025-03-09T11:00')) AS activity, pg_temp.mark('record');
SELECT test.done('service_confirm', 'worker', jsonb_build_object('activity', activity)), pg_temp.mark('confirm') FROM served \g /dev/null
SELECT test.recorded('leader', 'TA', 'B', test.lines(1000002, 1, '2025-03-09T09:00', '2025-03-09T11:00')) AS activity \gset
SELECT test.done('service_reject', 'workerb', jsonb_build_object('activity', :activity, 'reason', 'x')), pg_temp.mark('reject') \g /dev/null
SELECT test.done('redemption_make', 'till', '{"shop": "PA", "volunteer": 1000001, "points": "10"}'), pg_temp.mark('redeem A at PA') \g /dev/null
SELECT test.done('redemption_make', 'tillb', '{"shop": "PB", "volunteer": 1000001, "points": "5"}'), pg_temp.mark('redeem A at PB') \g /dev/null
SELECT test.done('redemption_make', 'tillb', '{"shop": "PB", "volunteer": 2000001, "points": "5"}'), pg_temp.mark('redeem B at PB') \g /dev/null
SELECT test.done('redemption_refund', 'tillb', jsonb_build_object('redemption', (SELECT max(entry) FROM ledger.redemption), 'points', '2')), pg_temp.mark('refund B at PB') \g /dev/null
SELECT test.done('settlement_claim', 'manager', '{"shop": "PA"}'), pg_temp.mark('claim PA') \g /dev/null
SELECT test.done('settlement_approve', 'approver', '{"settlement": 1}'), pg_temp.mark('approve PA') \g /dev/null

-- which of the marked requests a key sees leaves of: with a number where not all of them
CREATE FUNCTION pg_temp.leaves(who text, node text DEFAULT NULL) RETURNS bigint[] LANGUAGE sql AS $$
	SELECT coalesce(array_agg((r ->> 'index')::bigint ORDER BY (r ->> 'index')::bigint), '{}')
	FROM jsonb_array_elements(test.read('ledger_leaves', who, jsonb_strip_nulls(jsonb_build_object('from', 0, 'limit', 1000, 'node', node))) -> 'rows') AS r
$$;
CREATE FUNCTION pg_temp.seen(who text, node text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(name || CASE WHEN seen < count THEN ' ' || seen || '/' || count ELSE '' END, ', ' ORDER BY number)
	FROM (SELECT m.*, (SELECT count(*) FROM unnest(pg_temp.leaves(who, node)) AS i (index) WHERE index >= m.first AND index < m.first + m.count) AS seen FROM mark m) AS s
	WHERE seen > 0 AND name NOT LIKE 'fund %'
$$;

-- leaves of the whole ledger
SELECT is((SELECT jsonb_array_length(test.read('ledger_leaves', 'auditor', '{"from": 0, "limit": 1000}') -> 'rows')), (SELECT count(*)::int FROM test.leaves), 'whoever audits the whole ledger sees every leaf');
SELECT is(test.read('ledger_leaves', 'auditor', '{"from": 0, "limit": 1000}') -> 'next', NULL, 'and that the log ends there');
SELECT is((SELECT page -> 'next' || (page #> '{rows,0,index}') || (page #> '{rows,4,index}') FROM test.read('ledger_leaves', 'auditor', '{"from": 3, "limit": 5}') AS page), '[8, 3, 7]', 'page by page');
SELECT is((SELECT core.from_base64url(r ->> 'leaf') FROM jsonb_array_elements(test.read('ledger_leaves', 'auditor', '{"from": 7, "limit": 1}') -> 'rows') AS r),
	(SELECT body FROM test.leaves WHERE index = 7), 'as they were sealed');
SELECT is(test.read('ledger_leaves', 'auditor', '{"from": 100000}'), '{"rows": []}', 'beyond the end there is none');
SELECT is(test.query('ledger_leaves', 'till', '{"from": 0}') ->> 'code', 'not_allowed', 'nobody else sees any');

-- leaves of a part
SELECT is(pg_temp.seen('looker'), 'opening G, income A1, income A2, transfer G A1, import A1 A2, request A1, approve A1, approve A1 again, pay A1', 'a county''s auditor sees what concerns the county');
SELECT is(pg_temp.seen('eye-a'), 'record, confirm, reject, redeem A at PA, redeem A at PB, claim PA, approve PA', 'a community''s: its services, its volunteers wherever they redeem, its shop');
SELECT is(pg_temp.seen('eye-b'), 'record 1/3, confirm 1/2, reject, redeem A at PB, redeem B at PB, refund B at PB', 'another community''s: of the same command its volunteer''s lines only');
SELECT is(pg_temp.seen('eye-t'), 'record, confirm, reject', 'a team''s auditor: what its activities became');
SELECT is(pg_temp.seen('eye-p'), 'redeem A at PB, redeem B at PB, refund B at PB', 'a shop''s: what it redeemed');
SELECT is(pg_temp.seen('auditor', 'A1'), 'income A1, transfer G A1, import A1 A2 1/2, request A1, approve A1, approve A1 again, pay A1', 'for one fund');
SELECT is(pg_temp.leaves('auditor', 'A1'), pg_temp.leaves('looker', 'A1'), 'whoever asks');
SELECT is(pg_temp.seen('auditor', 'A'), pg_temp.seen('eye-a'), 'for one community');
SELECT is(pg_temp.leaves('auditor', 'CITY'), pg_temp.leaves('auditor'), 'for the root of the tree: everything');
SELECT is(test.query('ledger_leaves', 'looker', '{"from": 0, "node": "A"}') ->> 'code', 'unknown_node', 'a foreign node looks like a missing one');
SELECT is(test.query('ledger_leaves', 'looker', '{"from": 0, "node": "NONE"}') -> 'params', '{"code": "NONE"}', 'as one that is not there');
SELECT is_empty($$SELECT l.index FROM test.leaves l, jsonb_each(convert_from(body, 'UTF8')::jsonb -> 'rows') AS t WHERE t.key IN ('operator', 'role_grant', 'person', 'rule', 'ledger_key', 'team', 'identity', 'shop')
	EXCEPT SELECT unnest(pg_temp.leaves('eye-p'))$$, 'everybody who audits sees the registry');
SELECT is_empty($$SELECT m.name FROM mark m WHERE name LIKE 'fund %' EXCEPT SELECT m.name FROM mark m JOIN unnest(pg_temp.leaves('eye-p')) AS i (index) ON index = m.first$$, 'and which funds there are');
SELECT ok(NOT (SELECT first FROM mark WHERE name = 'opening G') = ANY (pg_temp.leaves('eye-p')), 'but not what one brought with it');
SELECT ok(NOT EXISTS (SELECT FROM test.leaves WHERE index = ANY (pg_temp.leaves('eye-p')) AND convert_from(body, 'UTF8') ~ '"(volunteer|activity)":'
	AND convert_from(body, 'UTF8') !~ 'PB' AND convert_from(body, 'UTF8') !~ '"kind": ?"redemption'), 'and no volunteer of elsewhere');
SELECT is(pg_temp.leaves('eye-a'), (SELECT array_agg(index ORDER BY index) FROM core.leaves_of((SELECT array_agg(path) FROM ledger.node WHERE code = 'A'), 0, 100000) AS l (index)), 'which is what one look at the log gives');
CREATE FUNCTION pg_temp.paged(who text, size int) RETURNS bigint[] LANGUAGE sql AS $$
	WITH RECURSIVE page AS (
		SELECT test.read('ledger_leaves', who, jsonb_build_object('from', 0, 'limit', size)) AS p
		UNION ALL SELECT test.read('ledger_leaves', who, jsonb_build_object('from', p -> 'next', 'limit', size)) FROM page WHERE p ? 'next'
	) SELECT array_agg((r ->> 'index')::bigint ORDER BY (r ->> 'index')::bigint) FROM page, jsonb_array_elements(p -> 'rows') AS r
$$;
SELECT is(pg_temp.paged('eye-b', 7), pg_temp.leaves('eye-b'), 'and so do its pages together');

-- requests
CREATE FUNCTION pg_temp.requests(who text, node text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(m.name, ', ' ORDER BY m.number) FROM jsonb_array_elements(test.read('ledger_requests', who,
		jsonb_strip_nulls(jsonb_build_object('from', 1, 'limit', 500, 'node', node))) -> 'rows') AS r JOIN mark m ON m.number = (r ->> 'number')::bigint
	WHERE m.name NOT LIKE 'fund %'
$$;
SELECT is((SELECT jsonb_array_length(test.read('ledger_requests', 'auditor', '{"from": 1, "limit": 500}') -> 'rows')), (SELECT max(number)::int FROM ledger.request), 'whoever audits the whole ledger sees every request');
SELECT is(pg_temp.requests('eye-b'), 'reject, redeem A at PB, redeem B at PB, refund B at PB', 'in a part of it not those that also show lines of others');
SELECT is(pg_temp.requests('looker', 'A1'), 'income A1, transfer G A1, request A1, approve A1, approve A1 again, pay A1', 'for one fund');
SELECT is(test.query('ledger_requests', 'looker', '{"from": 1, "node": "A"}') ->> 'code', 'unknown_node', 'a foreign node looks like a missing one');
SELECT is((SELECT r - 'recorded_at' - 'result' FROM test.read('ledger_requests', 'auditor', '{"from": 3, "limit": 1}') AS p, jsonb_array_elements(p -> 'rows') AS r),
	(SELECT jsonb_build_object('number', 3, 'first', leaf_first, 'count', leaf_count, 'op', op, 'operator', operator, 'jws', 'e30.' || core.base64url(payload) || '.AA') FROM ledger.request WHERE number = 3),
	'a request with the place of its leaves and its compact text');
SELECT is((SELECT r -> 'result' FROM test.read('ledger_requests', 'auditor', '{"from": 3, "limit": 1}') AS p, jsonb_array_elements(p -> 'rows') AS r), (SELECT result FROM ledger.request WHERE number = 3), 'and what it was answered');
SELECT is(test.read('ledger_requests', 'auditor', '{"from": 3, "limit": 1}') -> 'next', '4', 'page by page');
SELECT is(test.read('ledger_requests', 'auditor', '{"from": 100000}'), '{"rows": []}', 'up to the end');
SELECT is(test.read('ledger_requests', 'eye-b', '{"from": 100000}'), '{"rows": []}', 'for a part of the ledger too');

-- tables
CREATE FUNCTION pg_temp.rows(tab text, size int DEFAULT 1000) RETURNS SETOF jsonb LANGUAGE sql AS $$
	WITH RECURSIVE page AS (
		SELECT test.read('ledger_rows', 'auditor', jsonb_build_object('table', tab, 'limit', size)) AS p
		UNION ALL SELECT test.read('ledger_rows', 'auditor', jsonb_build_object('table', tab, 'limit', size, 'cursor', p -> 'next')) FROM page WHERE p ? 'next'
	) SELECT r -> 'row' FROM page, jsonb_array_elements(p -> 'rows') AS r
$$;
CREATE FUNCTION pg_temp.counted(tab text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint; BEGIN EXECUTE format('SELECT count(*) FROM %s', CASE tab WHEN 'ledger.leaf' THEN 'test.leaves' WHEN 'ledger.posting' THEN 'core.postings()' ELSE tab END) INTO n; RETURN n; END $$;
SELECT is_empty($$SELECT tablename FROM pg_tables WHERE schemaname = 'ledger' AND tablename <> 'posting_run' AND (SELECT count(*) FROM pg_temp.rows(tablename)) <> pg_temp.counted('ledger.' || tablename)$$,
	'every table can be read whole');
SELECT is_empty($$SELECT tablename FROM pg_tables WHERE schemaname = 'ledger' AND tablename <> 'posting_run' AND pg_temp.counted('ledger.' || tablename) < 60
	AND (SELECT jsonb_agg(r) FROM pg_temp.rows(tablename, 1) AS r) <> (SELECT jsonb_agg(r) FROM pg_temp.rows(tablename) AS r)$$, 'row by row too, in the same order');
SELECT is((SELECT count(*) FROM pg_temp.rows('matrix')), (SELECT count(*) FROM core.matrix), 'who may do what too');
-- every column is shown, or is one of these: internal numbers of accounts, what a lot says of the posting that made it (shown as that), when a migration ran, personal values
CREATE FUNCTION pg_temp.unseen() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT t.tab || '.' || a.attname FROM core.audited_tables() t JOIN pg_attribute a ON a.attrelid = t.relation AND a.attnum > 0 AND NOT a.attisdropped
	WHERE t.form NOT LIKE 'core.image(%to_jsonb(t))%' AND t.form !~ ('\mt\.' || a.attname || '\M')
	AND t.tab || '.' || a.attname <> ALL ('{account.id,lot.version,lot.balance,migration.applied_at,import_file.digest}')
$$;
SELECT is_empty('SELECT pg_temp.unseen()', 'every column is shown');
SELECT is_empty($$SELECT t.tab, a.attname FROM core.audited_tables() t JOIN pg_attribute a ON a.attrelid = t.relation WHERE a.attname IN ('value', 'salt', 'digest')
	AND t.form ~ ('\m' || a.attname || '''')$$, 'and no personal value is');
CREATE TABLE ledger.later (id int PRIMARY KEY, amount bigint, note text);
ALTER TABLE ledger.later OWNER TO lovebank_owner;
INSERT INTO ledger.later VALUES (1, 5, NULL), (2, 6, 'x');
SELECT is((SELECT jsonb_agg(r) FROM pg_temp.rows('later', 1) AS r), '[{"id": 1, "amount": "5"}, {"id": 2, "note": "x", "amount": "6"}]', 'nor will a later table be forgotten');
DROP TABLE ledger.later;
SELECT is_empty($$SELECT t.tab FROM core.audited_tables() t JOIN (SELECT DISTINCT tgrelid FROM pg_trigger WHERE tgname = 'append_only') g ON g.tgrelid = t.relation
	WHERE t.tab <> ALL ('{account,lot,service_open,posting,entry,request,leaf,tile,tile_root,checkpoint,migration,chart,node,fund}') AND (
		SELECT jsonb_agg(r ORDER BY r) FROM pg_temp.rows(t.tab) AS r) IS DISTINCT FROM (
		SELECT jsonb_agg(r ORDER BY r) FROM test.leaves l, jsonb_array_elements(convert_from(l.body, 'UTF8')::jsonb -> 'rows' -> t.tab) AS r)$$, 'rows are what stands in leaves');
SELECT is((SELECT r FROM pg_temp.rows('account') AS r WHERE r ->> 'number' = 'P2100' AND r ->> 'owner' = '1000001'),
	'{"number": "P2100", "owner": 1000001, "purpose": 0, "restricted": false, "balance": "-5", "version": 3, "redeemed_on": "2025-03-10", "redeemed": "15"}', 'an account without its internal number');
SELECT is((SELECT r FROM pg_temp.rows('lot') AS r ORDER BY r ->> 'id' LIMIT 1),
	'{"id": 1, "number": "P2100", "owner": 1000001, "entry": 7, "amount": "20", "remaining": "5", "expires_on": "2026-03-10"}'::jsonb
	|| jsonb_build_object('entry', (SELECT entry FROM ledger.lot WHERE id = 1)), 'a lot with whose it is');
SELECT is((SELECT array_agg(r - 'entry') FROM pg_temp.rows('posting') AS r WHERE (r ->> 'entry')::bigint = (SELECT min(entry) FROM ledger.redemption) AND r ->> 'line' = '1'),
	ARRAY['{"account": "P2100", "owner": 1000001, "purpose": 0, "restricted": false, "line": 1, "amount": "10", "balance": "-10", "version": 2, "lots": [[1, "-10"]]}'::jsonb], 'a posting with its lots');
SELECT is((SELECT count(*) FROM pg_temp.rows('personal') AS r WHERE (r -> 'opens')::boolean AND NOT r ? 'value'), (SELECT count(*) FROM ledger.personal), 'of personal values only that each opens its commitment');
UPDATE ledger.personal SET value = value || '1' WHERE value = '李捐款';
SELECT is((SELECT count(*) FROM pg_temp.rows('personal') AS r WHERE NOT (r -> 'opens')::boolean), 1::bigint, 'and which one does not');
SELECT is((SELECT jsonb_agg(r) FROM pg_temp.rows('leaf', 1) AS r), (SELECT jsonb_agg(jsonb_build_object('index', index, 'hash', core.base64url(sha256(body))) ORDER BY index) FROM test.leaves),
	'of each leaf its digest, also where a page ends within a run');
SELECT is((SELECT r ->> 'hash' || (r ->> 'jti') FROM pg_temp.rows('request') AS r WHERE r ->> 'number' = '4'), (SELECT core.base64url(hash) || core.base64url(uuid_send(jti)) FROM ledger.request WHERE number = 4), 'a request with its bytes');
SELECT is(test.query('ledger_rows', 'looker', '{"table": "node"}') ->> 'code', 'not_allowed', 'whoever audits a part sees no table');
SELECT is(test.query('ledger_rows', 'auditor', '{"table": "nothing"}') ->> 'code', 'unknown_table', 'only tables that are there');
SELECT is(test.query('ledger_rows', 'auditor', '{"table": "pg_authid"}') ->> 'code', 'unknown_table', 'and of the ledger');
SELECT is(test.query('ledger_rows', 'auditor', '{"table": "node", "cursor": "x"}') ->> 'code', 'bad_cursor', 'a cursor that is none is refused');
SELECT is(test.query('ledger_rows', 'auditor', jsonb_build_object('table', 'node', 'cursor', core.base64url('["x"]'))) ->> 'code', 'bad_cursor', 'so is one of another table');
SELECT is(test.query('ledger_rows', 'auditor', jsonb_build_object('table', 'leaf', 'cursor', core.base64url('["x", 1]'))) ->> 'code', 'bad_cursor', 'for leaves too');

-- receipts: of an entry, as a key gets it: the leaf, or its hash alone
CREATE FUNCTION pg_temp.receipt(who text, name text, member text DEFAULT 'index') RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN a ? 'code' THEN (a ->> 'code') || ' ' || (a ->> 'field') WHEN (a #> '{result,evidence,closed}')::boolean THEN 'hash' ELSE 'leaf' END
	FROM mark m LEFT JOIN ledger.entry e ON e.request = m.number,
	LATERAL api.query('receipt_show', who, jsonb_build_object(member, CASE member WHEN 'entry' THEN e.number ELSE m.first END)) AS a WHERE m.name = receipt.name LIMIT 1
$$;
SELECT is(pg_temp.receipt('auditor', 'redeem A at PA'), 'leaf', 'the auditor gets every leaf');
SELECT is(pg_temp.receipt('auditor', 'redeem A at PA', 'entry'), 'leaf', 'by its entry too');
SELECT is(pg_temp.receipt('till', 'redeem A at PA'), 'hash', 'the till that redeemed: the hash, never what is left');
SELECT is(pg_temp.receipt('till', 'redeem A at PA', 'entry'), 'hash', 'by its entry too');
SELECT is(pg_temp.receipt('tillb', 'redeem A at PA'), 'unknown_entry index', 'another till nothing');
SELECT is(pg_temp.receipt('manager', 'redeem A at PA', 'entry'), 'unknown_entry entry', 'the shop''s manager nothing, who may see the entry and not every balance in it');
SELECT is(pg_temp.receipt('worker', 'redeem A at PA'), 'leaf', 'the worker, who may see all of it, the leaf');
SELECT is(pg_temp.receipt('worker', 'redeem A at PB'), 'unknown_entry index', 'and not where a foreign shop''s balance stands');
SELECT is(pg_temp.receipt('booker', 'transfer G A1'), 'leaf', 'the author of what is not closed');
SELECT is(pg_temp.receipt('payer', 'transfer G A1'), 'leaf', 'another treasurer of both funds');
SELECT is(pg_temp.receipt('elsewhere', 'transfer G A1'), 'unknown_entry index', 'but not of none');
SELECT is(pg_temp.receipt('leader', 'record'), 'leaf', 'the author of what posts nothing');
SELECT is(pg_temp.receipt('leaderb', 'record'), 'unknown_entry index', 'and nobody else''s');
SELECT is(pg_temp.receipt('eye-b', 'record'), 'unknown_entry index', 'an auditor only leaves of the own part');
SELECT is(pg_temp.receipt('eye-b', 'redeem B at PB'), 'leaf', 'which it gets');
SELECT is(test.query('receipt_show', 'auditor', '{"index": 100000}') ->> 'code', 'unknown_entry', 'a leaf that is not there');
SELECT is(test.query('receipt_show', 'auditor', '{"entry": 100000}') ->> 'code', 'unknown_entry', 'an entry that is not there');
SELECT is(test.query('receipt_show', 'auditor', '{"entry": 1, "index": 1}') ->> 'code', 'not_exactly_one', 'one of them is asked for');
SELECT is(test.query('receipt_show', 'auditor', '{}') ->> 'code', 'not_exactly_one', 'not none');
SELECT is((SELECT (test.read('receipt_show', 'till', jsonb_build_object('index', first)) #>> '{evidence,size}')::bigint FROM mark WHERE name = 'redeem A at PA'),
	(SELECT q.leaf_first + q.leaf_count FROM mark m JOIN ledger.request q USING (number) WHERE m.name = 'redeem A at PA'), 'it is proved against the checkpoint of its commit');
SELECT is_empty($$SELECT q.number FROM ledger.request q, generate_series(q.leaf_first, q.leaf_first + q.leaf_count - 1) AS i WHERE core.request_of(i) IS DISTINCT FROM q.number$$, 'each leaf is found to be its request''s');
-- how much is looked at for a page: of a part of the ledger 4,000 leaves, of requests and tables four million bytes
SELECT max(number) AS number, max(leaf_first + leaf_count) AS leaf FROM ledger.request \gset
SELECT test.done('volunteer_import', 'workerb', jsonb_build_object('community', 'B', 'lines', (SELECT jsonb_agg(jsonb_build_object('name', test.hidden('钱'))) FROM generate_series(1, 900))), '{钱}')
	FROM generate_series(1, 5) \g /dev/null
SELECT is(test.read('ledger_leaves', 'eye-p', jsonb_build_object('from', :leaf)), jsonb_build_object('rows', '[]'::jsonb, 'next', :leaf + 4000), 'a page may be empty, and says where to go on');
SELECT is(test.read('ledger_leaves', 'eye-p', jsonb_build_object('from', :leaf + 4000)), '{"rows": []}', 'up to the end');
SELECT is((SELECT jsonb_array_length(p -> 'rows') || ' ' || (p ->> 'next') FROM test.read('ledger_leaves', 'eye-b', jsonb_build_object('from', :leaf, 'limit', 1000)) AS p), '1000 ' || :leaf + 1000, 'a full one too');
SELECT is(test.read('ledger_requests', 'eye-p', jsonb_build_object('from', :number + 1)), jsonb_build_object('rows', '[]'::jsonb, 'next', :number + 5), 'so do pages of requests');
SELECT is((SELECT jsonb_array_length(p -> 'rows') || ' ' || (p ->> 'next') FROM test.read('ledger_requests', 'eye-b', jsonb_build_object('from', :number + 1)) AS p), '4 ' || :number + 5, 'which end with a whole request');
SET test.sealing = off;
SELECT test.done('org_add', 'admin', jsonb_build_object('parent', 'A', 'kind', 'grid', 'code', 'G' || n, 'name', repeat('网', 1400000))) FROM generate_series(1, 2) AS n \g /dev/null
SELECT is((SELECT jsonb_array_length(p -> 'rows') || ' ' || (p ->> 'next') FROM test.read('ledger_requests', 'auditor', jsonb_build_object('from', :number + 6, 'limit', 500)) AS p), '1 ' || :number + 7, 'large requests come one by one');
SELECT is((SELECT jsonb_array_length(p -> 'rows') || ' ' || (p ? 'next') FROM test.read('ledger_rows', 'auditor', jsonb_build_object('table', 'request', 'limit', 1000, 'cursor', core.base64url(convert_to(jsonb_build_array(:number + 5)::text, 'UTF8')))) AS p),
	'1 true', 'as rows too');

-- closed leaves from before there was salt: trying all balances would find the hash
SELECT is_empty($$SELECT index FROM test.leaves WHERE (convert_from(body, 'UTF8')::jsonb ->> 'kind') LIKE 'redemption%'
	AND length(convert_from(body, 'UTF8')::jsonb ->> 'salt') IS DISTINCT FROM 22$$, 'closed leaves have sixteen bytes of salt');
ALTER TABLE ledger.leaf DISABLE TRIGGER append_only;
UPDATE ledger.leaf SET bodies = ARRAY(SELECT CASE WHEN said ? 'salt' THEN convert_to((said - 'salt')::text, 'UTF8') ELSE body END
	FROM unnest(bodies) WITH ORDINALITY AS u (body, place), LATERAL (SELECT convert_from(body, 'UTF8')::jsonb) AS s (said) ORDER BY place);
SELECT is(pg_temp.receipt('till', 'redeem A at PA'), 'unknown_entry index', 'without it a till gets no hash');
SELECT is((SELECT test.call(q.op, 'till', q.jti, 0, 0, q.hash, q.protected, q.payload, q.signature, NULL) ? 'evidence' FROM ledger.request q JOIN mark USING (number) WHERE name = 'redeem A at PA'), false, 'nor with a replay');
SELECT * FROM finish();
ROLLBACK;
