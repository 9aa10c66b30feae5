-- Redemptions: which lots are spent, what is refused, what comes back. Caps of the small ledger: till 300, volunteer 200 a day.
BEGIN;
\ir setup.sql
SELECT plan(56);

-- 1000001 earns 30 on 2025-01-03 and 50 on 2025-07-01: two lots, which expire a year later
SELECT test.clock('2025-01-03 20:00:00');
SELECT test.done('service_confirm', 'worker', jsonb_build_object('activity',
	test.recorded('leader', 'TA', 'A', test.lines(1000001, 1, '2025-01-03T09:00', '2025-01-03T12:00')))) \g /dev/null
SELECT test.clock('2025-07-01 20:00:00');
SELECT test.done('service_confirm', 'worker', jsonb_build_object('activity',
	test.recorded('leader', 'TA', 'A', test.lines(1000001, 1, '2025-07-01T09:00', '2025-07-01T14:00')))) \g /dev/null
CREATE FUNCTION pg_temp.lots() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(l.remaining || ' until ' || l.expires_on, ', ' ORDER BY l.id) FROM ledger.lot l
	JOIN ledger.account a ON a.id = l.account WHERE a.owner = 1000001
$$;
CREATE FUNCTION pg_temp.redeem(points int, volunteer bigint DEFAULT 1000001, till text DEFAULT 'till', shop text DEFAULT 'PA') RETURNS text LANGUAGE sql AS $$
	SELECT test.refusal('redemption_make', till, jsonb_build_object('shop', shop, 'volunteer', volunteer, 'points', points::text))
$$;
SELECT is(pg_temp.lots(), '30 until 2026-01-03, 50 until 2026-07-01', 'two lots are there');

-- refusals
SELECT is(pg_temp.redeem(81), 'not_enough_points points', 'more than there is is refused');
SELECT is(test.params('redemption_make', 'till', '{"shop": "PA", "volunteer": 1000001, "points": "81"}'), '{"volunteer": 1000001}',
	'and the till does not learn what there is');
SELECT is(pg_temp.redeem(1, 1000040), 'not_enough_points points', 'a volunteer who never had points has not enough');
SELECT is(pg_temp.redeem(1, 7777777), 'unknown_volunteer volunteer', 'an unknown volunteer is refused');
SELECT is(pg_temp.redeem(1, shop => 'PB'), 'unknown_shop shop', 'another shop looks like a missing one');
SELECT is(pg_temp.redeem(1, shop => 'TA'), 'unknown_shop shop', 'a team is no shop');
SELECT is(pg_temp.redeem(201), 'daily_cap_volunteer points', 'more than a volunteer may in a day is refused');
SELECT is(pg_temp.redeem(301), 'daily_cap_till points', 'more than a till may in a day is refused');

-- worked case 5: the lot that expires first is spent first
SELECT is(test.done('redemption_make', 'till', '{"shop": "PA", "volunteer": 1000001, "points": "40", "goods": "大米"}'),
	'{"entry": 3, "shop": "PA", "volunteer": 1000001, "points": "40"}', '40 of 80 are redeemed');
SELECT is(pg_temp.lots(), '0 until 2026-01-03, 40 until 2026-07-01', 'the lot that expires first is spent first');
SELECT is((SELECT array_agg(ARRAY[amount, balance] ORDER BY line) FROM ledger.posting WHERE entry = 3), '{{40,-40},{-40,-40}}',
	'debit P2100 of the volunteer, credit P2400 of the shop');
SELECT is((SELECT lots::text || lot_amounts::text FROM ledger.posting WHERE entry = 3 AND line = 1), '{1,2}{-30,-10}', 'the posting says which lots it took');
SELECT is((SELECT fen FROM ledger.redemption WHERE entry = 3), 400::bigint, 'at the rate of the day');

-- worked case 13: the last spent comes back first
SELECT is(test.refusal('redemption_refund', 'till', '{"redemption": 3, "points": "41"}'), 'more_than_redeemed points', 'not more than was redeemed');
SELECT is(test.refusal('redemption_refund', 'till', '{"redemption": 2, "points": "1"}'), 'unknown_redemption redemption', 'an entry of another kind is no redemption');
SELECT is(test.refusal('redemption_refund', 'tillb', '{"redemption": 3, "points": "1"}'), 'unknown_redemption redemption', 'nor is another shop''s');
SELECT is(test.done('redemption_refund', 'till', '{"redemption": 3, "points": "4"}'),
	'{"entry": 4, "redemption": 3, "shop": "PA", "points": "4", "left": "36"}', 'a part is refunded');
SELECT is(pg_temp.lots(), '0 until 2026-01-03, 44 until 2026-07-01', 'into the lot spent last');
SELECT is(test.done('redemption_refund', 'till', '{"redemption": 3, "points": "15"}') ->> 'left', '21', 'a further part');
SELECT is(pg_temp.lots(), '9 until 2026-01-03, 50 until 2026-07-01', 'goes on where the first one ended, into the lot before when that is full');
SELECT is((SELECT lots::text || lot_amounts::text FROM ledger.posting WHERE entry = 5 AND line = 2), '{2,1}{6,9}', 'the posting says which lots it filled');
SELECT is((SELECT fen FROM ledger.redemption_refund WHERE entry = 5), 150::bigint, 'at the rate of the redemption');
SELECT is(test.done('redemption_refund', 'till', '{"redemption": 3, "points": "21"}') ->> 'left', '0', 'the rest');
SELECT is(pg_temp.lots(), '30 until 2026-01-03, 50 until 2026-07-01', 'and everything is back');
SELECT is(test.refusal('redemption_refund', 'till', '{"redemption": 3, "points": "1"}'), 'already_refunded redemption', 'nothing is refunded twice');
SELECT is(core.balance('P2400', (SELECT id FROM ledger.node WHERE code = 'PA')), 0::bigint, 'the shop has nothing unsettled');

-- the day of the caps is one of Shanghai; refunds do not give them back
SELECT test.clock('2025-07-01 23:59:59');
SELECT is(pg_temp.redeem(80), 'a refusal has written something: done', '80 more on the same day');
SELECT is((SELECT points FROM ledger.daily_use), 120::bigint, 'are counted for the till');
SELECT is((SELECT redeemed_on || ' ' || redeemed FROM ledger.account WHERE redeemed > 0), '2025-07-01 120', 'and for the volunteer');
SELECT is(pg_temp.redeem(81), 'daily_cap_volunteer points', 'which stops at its cap');
SELECT is(pg_temp.redeem(181, 1000002), 'daily_cap_till points', 'and the till, whoever comes, at its own');
SELECT is(pg_temp.redeem(180, 1000002), 'not_enough_points points', 'up to which it goes on');
SELECT test.clock('2025-07-02 00:00:00');
SELECT is(pg_temp.redeem(200), 'not_enough_points points', 'a new day has new caps');

-- worked case 10, one after the other as the writer takes them: 50 points, two redemptions of 40
SELECT test.clock('2025-07-02 09:00:00');
SELECT test.done('service_confirm', 'workerb', jsonb_build_object('activity',
	test.recorded('leaderb', 'TB', 'B', test.lines(2000001, 1, '2025-07-01T09:00', '2025-07-01T14:00')))) \g /dev/null
SELECT is(pg_temp.redeem(40, 2000001, 'tillb', 'PB') || ', ' || pg_temp.redeem(40, 2000001, 'till', 'PA'),
	'a refusal has written something: done, not_enough_points points', 'of two redemptions of 40 out of 50 exactly one succeeds');
SELECT is(test.points(2000001), 10::bigint, 'and 10 are left');

-- the shop's limits
SELECT test.clock('2025-07-02 20:00:00');
SELECT test.done('rule_set', 'admin', '{"effective_from": "2025-07-02", "points": 100, "minutes": 1, "daily_minutes": 1440,
	"lot_days": 10, "fen_per_point": 20, "till_daily_points": "100000", "volunteer_daily_points": "100000"}') \g /dev/null
SELECT test.done('service_confirm', 'worker', jsonb_build_object('activity',
	test.recorded('leader', 'TA', 'A', test.lines(1000002, 1, '2025-07-02T09:00', '2025-07-02T10:00')))) \g /dev/null
SELECT is(pg_temp.redeem(921, 1000002), 'shop_limit points', 'no more than the shop may have unsettled');
SELECT is(test.done('redemption_make', 'till', '{"shop": "PA", "volunteer": 1000002, "points": "920"}') ->> 'points', '920', 'up to that it goes');
SELECT is((SELECT fen FROM ledger.redemption ORDER BY entry DESC LIMIT 1), 18400::bigint, 'at the new rate');
-- settled outside of this test: the shop owes what comes back now
SELECT core.post(ROW(1, 1, 'admin', 'x', '{}', 1, '2025-07-02 12:30:00Z', '2025-07-02', NULL)::core.caller, 'settlement', 'points', '2025-07-02',
	ARRAY[ROW(1, core.account('P2400', (SELECT id FROM ledger.node WHERE code = 'PA')), 1000, 0, NULL, NULL)::core.line,
		ROW(1, core.account('P3300', 0), -1000, 0, NULL, NULL)::core.line]) \g /dev/null
SELECT is(test.refusal('redemption_refund', 'till', '{"redemption": 11, "points": "21"}'), 'return_limit points', 'after settlement a shop owes no more than it may');
SELECT is(test.done('redemption_refund', 'till', '{"redemption": 11, "points": "15"}') ->> 'left', '905', 'up to that it goes');
SELECT is(core.balance('P2400', (SELECT id FROM ledger.node WHERE code = 'PA')), 15::bigint, 'the shop owes 15');

-- a lot lives to the end of its day in Shanghai; 1000002 has 5,080 + 15 left until 2025-07-12
SELECT test.clock('2025-07-12 23:59:59');
SELECT is(pg_temp.redeem(1, 1000002), 'a refusal has written something: done', 'a lot can be spent on its last day');
SELECT test.clock('2025-07-13 00:00:00');
SELECT is(pg_temp.redeem(1, 1000002), 'not_enough_points points', 'and not after it');
SELECT is(test.read('points_show', 'worker', '{"volunteer": 1000002}') - 'lots' - 'name',
	'{"volunteer": 1000002, "community": "A", "points": "0", "expired": "5094", "service_minutes": 60}', 'which the worker sees');

-- lists
SELECT is(test.column(test.read('redemption_list', 'manager'), 'refunded'), '40,0,15,0', 'the list says what came back of each');
SELECT is(test.column(test.read('redemption_list', 'auditor'), 'shop'), 'PA,PA,PB,PA,PA', 'of all shops for who sees all');
SELECT is(test.column(test.read('redemption_list', 'auditor', '{"shop": "PB"}'), 'volunteer'), '2000001', 'of one shop');
SELECT is(test.column(test.read('redemption_list', 'auditor', '{"volunteer": 1000002}'), 'points'), '920,1', 'of one volunteer');
SELECT is(test.column(test.read('redemption_list', 'auditor', '{"volunteer": 2000001, "shop": "PA"}'), 'points'), NULL, 'of both');
SELECT is(test.column(test.read('redemption_list', 'till', '{"volunteer": 2000001}'), 'points'), NULL, 'and what one volunteer redeemed at other shops is not theirs to see');
SELECT is(test.query('redemption_list', 'till', '{"shop": "PB"}') ->> 'code', 'unknown_shop', 'another shop is as good as none');
SELECT is(test.query('redemption_list', 'auditor', '{"shop": "PX"}') ->> 'code', 'unknown_shop', 'none is none for who sees all');
SELECT is((SELECT string_agg(test.column(page, 'points'), ' | ' ORDER BY n) FROM (
		WITH RECURSIVE pages AS (
			SELECT 1 AS n, filter, test.read('redemption_list', 'auditor', filter || '{"limit": 2}') AS page
				FROM unnest('{"{}", "{\"shop\": \"PA\"}", "{\"volunteer\": 1000001}"}'::jsonb[]) AS f (filter)
			UNION ALL SELECT n + 1, filter, test.read('redemption_list', 'auditor', filter || '{"limit": 2}' || jsonb_build_object('cursor', page -> 'next'))
				FROM pages WHERE page ? 'next')
		SELECT n + CASE WHEN filter ? 'shop' THEN 10 WHEN filter ? 'volunteer' THEN 20 ELSE 0 END AS n, page FROM pages) AS p),
	'40,80 | 40,920 | 1 | 40,80 | 920,1 | 40,80', 'by pages');
SELECT is(test.column(test.read('points_history', 'worker', '{"volunteer": 1000001}'), 'balance'), '30,80,40,44,59,80,0', 'the history of an account');
SELECT is_empty('SELECT test.unrecorded()', 'every row stands in a leaf as it is');
SELECT * FROM finish();
ROLLBACK;
