-- Operators, roles and the organisation.
BEGIN;
\ir setup.sql
SELECT plan(39);
SELECT test.clock('2025-03-10 12:00:00');
SELECT test.enrol('county', 'administrator', 'X') \g /dev/null

-- enrolment
SELECT is(test.done('operator_enrol', 'county', jsonb_build_object('role', 'leader', 'node', 'TA', 'name', test.hidden('李四')), '{李四}',
	'{"kid": "li", "jwk": {"kty": "EC"}}'), '{"operator": 14, "person": 14, "kid": "li", "role": "leader", "node": "TA"}', 'a key is enrolled with its role');
SELECT is((SELECT jwk FROM ledger.operator WHERE id = 14), '{"kty": "EC"}', 'with its public key');
SELECT is(test.refusal('operator_enrol', 'admin', jsonb_build_object('role', 'till', 'node', 'PA', 'name', test.hidden('李四')), '{李四}',
	'{"kid": "li", "jwk": {}}'), 'key_already_enrolled request', 'a key is enrolled once');
SELECT is(test.refusal('operator_enrol', 'county', jsonb_build_object('role', 'administrator', 'node', 'CITY', 'name', test.hidden('李四')), '{李四}',
	'{"kid": "up", "jwk": {}}'), 'unknown_node node', 'nobody gives a role above the own node');
SELECT is(test.refusal('operator_enrol', 'county', '{"role": "till", "node": "PA"}', NULL, '{"kid": "up", "jwk": {}}'), 'missing_field name', 'a new person has a name');
SELECT is(test.refusal('operator_enrol', 'county', jsonb_build_object('role', 'till', 'node', 'PA', 'person', 14, 'name', test.hidden('李四')), '{李四}',
	'{"kid": "up", "jwk": {}}'), 'person_and_name name', 'a known person needs none');
SELECT is(test.refusal('operator_enrol', 'county', '{"role": "till", "node": "PA", "person": 1}', NULL, '{"kid": "up", "jwk": {}}'),
	'unknown_person person', 'a person of elsewhere looks like a missing one');
SELECT is(test.enrol('li2', 'till', 'PA', 14), 15, 'a further key of a known person');
SELECT is((SELECT count(DISTINCT person) FROM ledger.operator WHERE id IN (14, 15)), 1::bigint, 'is the same person');

-- roles
SELECT is(test.done('role_grant', 'county', '{"operator": 15, "role": "manager", "node": "PA"}'), '{"operator": 15, "role": "manager", "node": "PA"}', 'a role is granted');
SELECT is(test.refusal('role_grant', 'county', '{"operator": 15, "role": "manager", "node": "PA"}'), 'already_granted role', 'once');
SELECT is(test.refusal('role_grant', 'county', '{"operator": 15, "role": "manager", "node": "H"}'), 'unknown_node node', 'below the own node');
SELECT is(test.refusal('role_grant', 'county', '{"operator": 1, "role": "manager", "node": "PA"}'), 'unknown_operator operator', 'to an operator of the own part');
SELECT is(test.done('role_revoke', 'county', '{"operator": 15, "role": "manager", "node": "PA"}'), '{"operator": 15, "role": "manager", "node": "PA"}', 'and taken back');
SELECT is(test.refusal('role_revoke', 'county', '{"operator": 15, "role": "manager", "node": "PA"}'), 'unknown_grant role', 'once');
SELECT is(test.query('redemption_list', 'li2') ->> 'code', NULL, 'the other role goes on');
SELECT is(test.command('settlement_claim', 'li2', '{}') ->> 'code', 'not_allowed', 'what was taken back allows nothing');
SELECT is(test.refusal('role_revoke', 'admin', '{"operator": 1, "role": "administrator", "node": "CITY"}'), 'last_administrator operator', 'somebody must govern the ledger');
SELECT is(test.refusal('operator_revoke', 'admin', '{"operator": 1, "reason": "x"}'), 'last_administrator operator', 'with a key');

-- revocation
SELECT is(test.refusal('operator_revoke', 'county', '{"operator": 1, "reason": "x"}'), 'unknown_operator operator', 'a key of elsewhere is not revoked');
SELECT test.done('role_grant', 'admin', '{"operator": 14, "role": "auditor", "node": "CITY"}') \g /dev/null
SELECT is(test.refusal('operator_revoke', 'county', '{"operator": 14, "reason": "x"}'), 'unknown_operator operator', 'nor one that also works elsewhere');
SELECT is(test.done('operator_revoke', 'admin', '{"operator": 14, "reason": "遗失"}'), '{"operator": 14, "kid": "li"}', 'a key is revoked');
SELECT is(test.refusal('operator_revoke', 'admin', '{"operator": 14, "reason": "x"}'), 'already_revoked operator', 'once');
SELECT is(test.refusal('role_grant', 'admin', '{"operator": 14, "role": "till", "node": "PA"}'), 'already_revoked operator', 'and gets no role any more');
SELECT is(test.query('org_list', 'li') ->> 'code', 'revoked_key', 'it is refused');
SELECT is(test.query('org_list', 'li2') ->> 'code', NULL, 'the person''s other key goes on');
SELECT is(test.column(test.read('operator_list', 'county'), 'state'),
	'active,active,active,active,active,active,active,active,key_revoked,active,role_revoked', 'the list shows the grants of the own part and their state');
SELECT is(test.column(test.read('operator_list', 'auditor', '{"limit": 2}'), 'role'), 'administrator,leader', 'in pages');
SELECT is(test.column(test.read('operator_list', 'auditor', jsonb_build_object('limit', 2, 'cursor', test.read('operator_list', 'auditor', '{"limit": 2}') ->> 'next')), 'name'),
	'leaderb,worker', 'that go on where the last ended');

-- the organisation
SELECT is(test.refusal('org_add', 'county', '{"parent": "CITY", "kind": "county", "code": "Y", "name": "y"}'), 'unknown_node parent', 'nothing is added above the own node');
SELECT is(test.refusal('org_add', 'admin', '{"parent": "A", "kind": "street", "code": "Y", "name": "y"}'), 'wrong_parent parent', 'a street does not lie in a community');
SELECT is(test.refusal('org_add', 'admin', '{"parent": "A", "kind": "host", "code": "Y", "name": "y"}'), 'wrong_parent parent', 'nor a host charity');
SELECT is(test.refusal('org_add', 'admin', '{"parent": "TA", "kind": "household", "code": "Y", "name": "y"}'), 'wrong_parent parent', 'nor anything in a team');
SELECT is(test.refusal('org_add', 'admin', '{"parent": "A", "kind": "grid", "code": "B", "name": "y"}'), 'already_exists code', 'a code is there once');
SELECT is(test.refusal('shop_add', 'county', '{"parent": "A", "code": "Y", "name": "y", "fund": "F", "unsettled_limit": "1"}'), 'unknown_fund fund',
	'a fund out of scope does not pay a shop');
SELECT is(test.column(test.read('org_tree', 'admin'), 'name'), '某市,  某县,    某街道,      甲社区,      乙社区,  市慈善会', 'the tree is indented');
SELECT is(test.column(test.read('org_tree', 'admin'), 'volunteers') || ' ' || test.column(test.read('org_tree', 'admin'), 'teams') || ' '
	|| test.column(test.read('org_tree', 'admin'), 'shops') || ' ' || test.column(test.read('org_tree', 'admin'), 'funds'),
	'43,43,43,40,3,0 2,2,2,1,1,0 2,2,2,1,1,0 1,0,0,0,0,1', 'and counts what lies below each node');
SELECT is(test.column(test.read('team_list', 'worker'), 'code') || ' ' || test.column(test.read('shop_list', 'manager'), 'unsettled_limit'),
	'TA 1000', 'everybody lists the own part');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf as it is');
SELECT * FROM finish();
ROLLBACK;
