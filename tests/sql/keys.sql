-- Keys: those of the ledger itself, their overlap and their ends; people who replace their own.
BEGIN;
SET test.sealing = on;
\ir setup.sql
SELECT plan(46);
SELECT test.clock('2025-03-10 12:00:00');
SELECT test.enrol('county', 'administrator', 'X') \g /dev/null
CREATE FUNCTION pg_temp.add(use text, key text, who text DEFAULT 'admin') RETURNS text LANGUAGE sql AS $$
	SELECT test.refusal('ledger_key_add', who, jsonb_build_object('use', use, 'key', key))
$$;
CREATE FUNCTION pg_temp.stop(kid text, who text DEFAULT 'admin') RETURNS text LANGUAGE sql AS $$
	SELECT test.refusal('ledger_key_end', who, jsonb_build_object('key', kid, 'reason', '更换'))
$$;

-- the first keys
SELECT is(test.column(test.read('ledger_keys', 'till'), 'use'), 'answers,log,tls', 'the founding registers the ledger''s keys');
SELECT is((SELECT string_agg(k.use || ' ' || k.made || ' ' || coalesce(k.ended::text, '-'), ', ' ORDER BY k.id) FROM api.ledger_keys() k), 'answers 0 -, log 0 -, tls 0 -', 'in the log''s first leaf');
SELECT is(test.query('ledger_keys', 'till') #> '{head,keys}', '3', 'every answer says how many there are');
SELECT is((SELECT kid FROM api.ledger_keys() WHERE use = 'answers'), core.base64url(sha256(convert_to(test.jwk('a'), 'UTF8'))), 'a P-256 key is named by its thumbprint');
SELECT is((SELECT kid FROM api.ledger_keys() WHERE use = 'log'), split_part(test.verifier('l'), '+', 2), 'a log key by its key id');

-- refusals
SELECT is(pg_temp.add('log', test.verifier('m'), 'county'), 'not_allowed', 'who governs a part of the ledger registers none');
SELECT is(pg_temp.add('log', test.verifier('m'), 'auditor'), 'not_allowed', 'nor an auditor');
SELECT is(pg_temp.add('log', test.jwk('m')), 'bad_key key', 'a log key is no JWK');
SELECT is(pg_temp.add('log', test.verifier('m', 'other')), 'bad_key key', 'nor another log''s');
SELECT is(pg_temp.add('log', replace(test.verifier('m'), 'test+', 'test+0')), 'bad_key key', 'nor one whose key id has another length');
SELECT is(pg_temp.add('log', overlay(test.verifier('m') placing 'ffffffff' from 6)), 'bad_key key', 'nor one with another key id');
SELECT is(pg_temp.add('log', 'test+00000000+' || encode('\x04'::bytea || convert_to(repeat('m', 32), 'UTF8'), 'base64')), 'bad_key key', 'nor a witness''s');
SELECT is(pg_temp.add('answers', test.verifier('m')), 'bad_key key', 'an answers key is a JWK');
SELECT is(pg_temp.add('tls', replace(test.jwk('m'), ',', ', ')), 'bad_key key', 'in canonical form');
SELECT is(pg_temp.add('answers', test.jwk('a')), 'already_exists key', 'a key is registered once');
SELECT is(pg_temp.stop(split_part(test.verifier('l'), '+', 2)), 'last_key key', 'the last key of a use is not ended');
SELECT is(pg_temp.stop('nothing'), 'unknown_ledger_key key', 'nor one that is not there');

-- overlap and end
SELECT is(test.done('ledger_key_add', 'admin', jsonb_build_object('use', 'log', 'key', test.verifier('m'))), jsonb_build_object('id', 4, 'use', 'log', 'kid', split_part(test.verifier('m'), '+', 2)), 'a new key is registered');
SELECT is(test.column(test.read('ledger_keys', 'till'), 'state'), 'active,active,active,active', 'and is in force beside the old one');
SELECT is(pg_temp.stop(split_part(test.verifier('l'), '+', 2), 'county'), 'not_allowed', 'who governs a part of the ledger ends none');
SELECT is(pg_temp.stop((SELECT kid FROM api.ledger_keys() WHERE use = 'tls')), 'last_key key', 'another use''s last key is still the last');
SELECT is(test.done('ledger_key_end', 'admin', jsonb_build_object('key', split_part(test.verifier('l'), '+', 2), 'reason', '更换')) ->> 'id', '2', 'the old one is ended');
SELECT is(test.column(test.read('ledger_keys', 'till'), 'state') || ' ' || test.column(test.read('ledger_keys', 'till'), 'reason'), 'active,ended,active,active 更换', 'and stays in the history');
SELECT is(pg_temp.stop(split_part(test.verifier('l'), '+', 2)), 'already_revoked key', 'it is ended once');
SELECT is(pg_temp.stop(split_part(test.verifier('m'), '+', 2)), 'last_key key', 'and the new one is the last now');
SELECT is(pg_temp.add('log', test.verifier('l')), 'already_exists key', 'an ended key does not come back');
SELECT is(test.query('ledger_keys', 'till') #> '{head,keys}', '5', 'answers count ends too');
SELECT is((SELECT array_agg(made ORDER BY id) || array_agg(ended ORDER BY id) FROM api.ledger_keys() WHERE use = 'log'),
	(SELECT ARRAY[0, max(leaf_first) - 1, max(leaf_first), NULL] FROM ledger.request), 'from leaf to leaf');
SELECT is((SELECT array_agg((e -> 'index')::bigint || ' ' || (e ->> 'size') ORDER BY place) FROM jsonb_array_elements(api.key_receipts()) WITH ORDINALITY AS r (e, place)),
	(SELECT ARRAY['0 1', leaf - 1 || ' ' || leaf, leaf || ' ' || leaf + 1] FROM (SELECT max(leaf_first) AS leaf FROM ledger.request) AS q), 'each of these leaves has its receipt, against the checkpoint of its commit');
SELECT is((SELECT count(*) FROM jsonb_array_elements(api.key_receipts()) AS e WHERE convert_from(core.from_base64url(e #>> '{leaves,0}'), 'UTF8') ~ 'ledger_key'), 3::bigint, 'and says what it did');

-- people replace their own keys
SELECT o.id AS old, o.person AS person FROM ledger.operator o WHERE kid = 'worker' \gset
SELECT test.done('role_grant', 'admin', jsonb_build_object('operator', :old, 'role', 'leader', 'node', 'TA')), test.done('role_grant', 'admin', jsonb_build_object('operator', :old, 'role', 'auditor', 'node', 'B')),
	test.done('role_revoke', 'admin', jsonb_build_object('operator', :old, 'role', 'auditor', 'node', 'B')) \g /dev/null
CREATE FUNCTION pg_temp.rotate(who text, kid text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT test.command('operator_rotate', who, '{}', NULL, jsonb_build_object('kid', kid, 'jwk', '{"kty": "EC"}'::jsonb))
$$;
SELECT is(test.refusal('operator_rotate', 'worker', '{}', NULL, '{"kid": "till", "jwk": {}}'), 'key_already_enrolled request', 'the new key is a new one');
SELECT is(test.refusal('operator_rotate', 'worker', '{}', NULL, '{"kid": "worker", "jwk": {}}'), 'key_already_enrolled request', 'not the old one');
CREATE TEMP TABLE rotated AS SELECT pg_temp.rotate('worker', 'worker-2') -> 'result' AS r;
SELECT is(r - 'operator', jsonb_build_object('person', :person, 'kid', 'worker-2', 'roles', 2, 'replaced', :old), 'a key is replaced by its own signature') FROM rotated;
SELECT is((SELECT string_agg(g.role, ',' ORDER BY g.id) FROM ledger.role_grant g, rotated WHERE g.operator = (r -> 'operator')::int), 'worker,leader', 'the live roles go over, what was taken back does not');
SELECT is(test.query('org_list', 'worker') ->> 'code', 'revoked_key', 'the old key is refused from then on');
SELECT is((SELECT reason FROM ledger.operator_revocation WHERE operator = :old), 'rotated', 'for it was replaced');
SELECT is(test.read('volunteer_show', 'worker-2', '{"volunteer": 1000001}') ->> 'name', '王1000001', 'the new one may what the old one might');
SELECT is((SELECT jwk FROM ledger.operator WHERE kid = 'worker-2'), '{"kty": "EC"}', 'it is there with its public key');
SELECT is((SELECT leaf_count FROM ledger.request ORDER BY number DESC LIMIT 1), 1, 'all of it in one leaf');
SELECT is(test.command('operator_rotate', 'worker', '{}', NULL, '{"kid": "worker-3", "jwk": {}}') ->> 'code', 'revoked_key', 'the old key does not rotate again');
SELECT is(test.refusal('settlement_approve', 'worker-2', '{"settlement": 1}'), 'not_allowed', 'nothing is gained');
SELECT is(pg_temp.rotate('admin', 'admin-2') #>> '{result,person}', '1', 'the last administrator may replace its key');
SELECT ok(core.administered_without(NULL, NULL), 'and the ledger still has one');
SELECT is(test.refusal('operator_revoke', 'admin-2', '{"operator": 1, "reason": "x"}'), 'already_revoked operator', 'which governs it');
SELECT is((test.read('receipt_show', 'worker-2', jsonb_build_object('index', (SELECT max(leaf_first) FROM ledger.request WHERE operator = :old))) #>> '{evidence,closed}'), 'false', 'who made something with the old key gets its receipt with the new one');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf as it is');
SELECT * FROM finish();
ROLLBACK;
