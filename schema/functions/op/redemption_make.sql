-- A volunteer's points for goods at a shop, in one step: debit P2100 of the volunteer, credit P2400 of the shop.
-- The lots that expire first are spent first; a lot lives to the end of its day. What it costs the shop's fund is fixed at today's rate.
-- The answer never says what the volunteer has, only whether it is enough.
CREATE FUNCTION op.redemption_make(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	who     CONSTANT bigint := (input ->> 'volunteer')::bigint;
	wanted  CONSTANT bigint := (input ->> 'points')::bigint;
	rule    ledger.rule := core.rule_on(caller.today);
	shop    record;
	purse   bigint;    -- the volunteer's account
	by_till bigint;    -- redeemed today
	by_him  bigint;
	spent   record;    -- lots, and what is taken of each
	made    ledger.redemption;
BEGIN
	SELECT s.node, s.unsettled_limit, a.id AS account, -coalesce(a.balance, 0) AS unsettled INTO shop
		FROM ledger.node n JOIN ledger.shop s ON s.node = n.id
		LEFT JOIN ledger.account a ON a.owner = n.id AND a.number = 'P2400' AND a.purpose = 0 AND NOT a.restricted
		WHERE n.code = input ->> 'shop' AND core.in_scope(caller, n.path);
	IF shop.node IS NULL THEN
		RETURN core.refuse('unknown_shop', 'shop', jsonb_build_object('code', input ->> 'shop'));
	ELSIF NOT EXISTS (SELECT FROM ledger.volunteer v WHERE v.number = who) THEN
		RETURN core.refuse('unknown_volunteer', 'volunteer', jsonb_build_object('volunteer', who));
	ELSIF rule.id IS NULL THEN
		RETURN core.refuse('no_rule', NULL, jsonb_build_object('date', caller.today));
	END IF;
	by_till := coalesce((SELECT u.points FROM ledger.daily_use u WHERE u.id = caller.operator AND u.day = caller.today AND u.kind = 't'), 0);
	by_him := coalesce((SELECT u.points FROM ledger.daily_use u WHERE u.id = who AND u.day = caller.today AND u.kind = 'v'), 0);
	IF by_till + wanted > rule.till_daily_points THEN
		RETURN core.refuse('daily_cap_till', 'points', jsonb_build_object('cap', rule.till_daily_points::text));
	ELSIF by_him + wanted > rule.volunteer_daily_points THEN
		RETURN core.refuse('daily_cap_volunteer', 'points', jsonb_build_object('cap', rule.volunteer_daily_points::text));
	ELSIF shop.unsettled + wanted > shop.unsettled_limit THEN
		RETURN core.refuse('shop_limit', 'points', jsonb_build_object('limit', shop.unsettled_limit::text));
	END IF;
	SELECT a.id INTO purse FROM ledger.account a WHERE a.owner = who AND a.number = 'P2100' AND a.purpose = 0 AND NOT a.restricted;
	SELECT array_agg(l.id ORDER BY l.upto) AS lots, array_agg(l.remaining - greatest(l.upto - wanted, 0) ORDER BY l.upto) AS amounts,
			sum(l.remaining) AS points
		INTO spent
		FROM (SELECT o.id, o.remaining, sum(o.remaining) OVER (ORDER BY o.expires_on, o.id)::bigint AS upto
			FROM ledger.lot o WHERE o.account = purse AND o.expires_on >= caller.today AND o.remaining > 0) AS l
		WHERE l.upto - l.remaining < wanted;
	IF coalesce(spent.points, 0) < wanted THEN
		RETURN core.refuse('not_enough_points', 'points', jsonb_build_object('volunteer', who));
	END IF;
	made := ROW((SELECT coalesce(max(e.number), 0) + 1 FROM ledger.entry e), shop.node, who, wanted, wanted * rule.fen_per_point,
		caller.operator, input ->> 'goods', caller.request);
	INSERT INTO ledger.redemption SELECT made.*;
	UPDATE ledger.lot l SET remaining = l.remaining - t.amount FROM unnest(spent.lots, spent.amounts) AS t (id, amount) WHERE l.id = t.id;
	INSERT INTO ledger.daily_use AS u (id, day, kind, points)
		VALUES (caller.operator, caller.today, 't', wanted), (who, caller.today, 'v', wanted)
		ON CONFLICT (id, day, kind) DO UPDATE SET points = u.points + excluded.points;
	RETURN core.done(jsonb_build_object('entry', made.entry, 'shop', input ->> 'shop', 'volunteer', who, 'points', wanted::text),
		core.post(caller, 'redemption', 'points', caller.today, ARRAY[
			ROW(1, purse, wanted, 0, spent.lots, core.negated(spent.amounts))::core.line,
			ROW(1, coalesce(shop.account, core.account('P2400', shop.node)), -wanted, 0, NULL, NULL)::core.line],
			NULL, jsonb_build_array(core.image('redemption', to_jsonb(made)) || jsonb_build_object('salt', core.salt()))));
END $$;
