-- Volunteers' points for goods at shops, in one step: debit P2100 of the volunteer, credit P2400 of the shop. All redemptions of a
-- batch in one call, places being where they stand in the arrays (see api.commands): one statement reads what they are about, a loop
-- decides them in turn with running totals, and those that pass are written together.
-- Every look-up is a LATERAL with LIMIT 1: one index look-up each, whatever a plan that was made while the ledger was young thinks.
-- The lots that expire first are spent first; a lot lives to the end of its day. What it costs the shop's fund is fixed at today's rate.
-- The answer never says what the volunteer has, only whether it is enough.
CREATE FUNCTION op.redemption_make(places int[], kid text[], jti uuid[], iat bigint[], exp bigint[], hash bytea[],
	protected bytea[], payload bytea[], signature bytea[]) RETURNS SETOF core.said
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	few        CONSTANT int := 3;   -- lots are more than enough for most; the rest is read when they are not
	moment     CONSTANT timestamptz := core.now();
	last       CONSTANT record := core.last_request();
	base       CONSTANT timestamptz := greatest(moment, last.recorded_at + interval '1 microsecond');
	today      CONSTANT date := core.shanghai_date(base);
	rule       CONSTANT ledger.rule := core.rule_on(today);
	nothing    CONSTANT bigint[] := array_fill(0::bigint, ARRAY[cardinality(places)]);
	kids       text[];                     -- the keys of the batch that somebody has, whose they are, what they may,
	tills      int[];
	may        core.till[];
	by_till    bigint[] := nothing;        -- and how many points those before took
	volunteers bigint[];
	purses     bigint[];
	by_him     bigint[] := nothing;
	his_steps  bigint[] := nothing;        -- postings
	shops      int[];
	accounts   bigint[];
	by_shop    bigint[] := nothing;
	shop_steps bigint[] := nothing;
	ids        uuid[];
	again      int[];
	taken      core.redeeming[];
	one        core.redeeming;
	till       core.till;
	t          int;   -- where till, volunteer and shop stand in their arrays
	v          int;
	s          int;
	refused    jsonb;
BEGIN
	SELECT k.kids, k.operators, k.may INTO kids, tills, may FROM core.tills(ARRAY(SELECT kid[p] FROM unnest(places) AS p), today) AS k;
	FOR one IN
		SELECT u.place, u.jti, u.hash, i.shop, i.volunteer, i.points, i.goods, core.lifetime_fault(u.iat, u.exp, moment), o.id, q.number,
			c.node, n.path, c.unsettled_limit, b.id, coalesce(b.balance, 0), coalesce(b.version, 0),
			p.id IS NOT NULL OR EXISTS (SELECT FROM ledger.volunteer x WHERE x.number = i.volunteer),
			p.id, p.balance, p.version, CASE WHEN p.redeemed_on = today THEN p.redeemed ELSE 0 END, l.lots, l.amounts, NULL::text
		FROM unnest(kid, jti, iat, exp, hash, payload) WITH ORDINALITY AS u (kid, jti, iat, exp, hash, payload, place)
		CROSS JOIN LATERAL jsonb_to_record(convert_from(u.payload, 'UTF8')::jsonb) AS i (shop text, volunteer bigint, points bigint, goods text)
		CROSS JOIN LATERAL (SELECT tills[array_position(kids, u.kid)] AS id) AS o
		LEFT JOIN LATERAL (SELECT x.number FROM ledger.request x WHERE x.operator = o.id AND x.jti = u.jti LIMIT 1) AS q ON true
		LEFT JOIN LATERAL (SELECT x.id, x.path FROM ledger.node x WHERE x.code = i.shop LIMIT 1) AS n ON true
		LEFT JOIN LATERAL (SELECT x.node, x.unsettled_limit FROM ledger.shop x WHERE x.node = n.id LIMIT 1) AS c ON true
		LEFT JOIN LATERAL (SELECT x.id, x.balance, x.version FROM ledger.account x
			WHERE x.owner = c.node AND x.number = 'P2400' AND x.purpose = 0 AND NOT x.restricted LIMIT 1) AS b ON true
		LEFT JOIN LATERAL (SELECT x.id, x.balance, x.version, x.redeemed_on, x.redeemed FROM ledger.account x
			WHERE x.owner = i.volunteer AND x.number = 'P2100' AND x.purpose = 0 AND NOT x.restricted LIMIT 1) AS p ON true
		LEFT JOIN LATERAL (SELECT array_agg(f.id) AS lots, array_agg(f.remaining) AS amounts
			FROM (SELECT x.id, x.remaining FROM ledger.lot x WHERE x.account = p.id AND x.expires_on >= today AND x.remaining > 0
				ORDER BY x.expires_on, x.id LIMIT few) AS f) AS l ON true
		WHERE u.place = ANY (places) ORDER BY u.place
	LOOP
		IF one.jti = ANY (ids) THEN   -- the same again, perhaps: judged when the one before is written
			again := again || one.place;
			CONTINUE;
		END IF;
		ids := ids || one.jti;
		t := array_position(tills, one.operator);
		till := may[t];
		v := array_position(volunteers, one.volunteer);
		IF v IS NULL THEN
			volunteers := volunteers || one.volunteer;
			purses := purses || one.purse;
			v := cardinality(volunteers);
		END IF;
		s := array_position(shops, one.shop);
		IF s IS NULL AND one.shop IS NOT NULL THEN
			shops := shops || one.shop;
			accounts := accounts || one.shop_account;
			s := cardinality(shops);
		END IF;
		refused := CASE
			WHEN one.operator IS NULL THEN core.problem('unknown_key')
			WHEN till.revoked THEN core.problem('revoked_key')
			WHEN one.seen IS NOT NULL THEN core.replay(one.seen, one.hash)
			WHEN one.fault IS NOT NULL THEN core.lifetime_problem(one.fault, moment)
			WHEN till.nodes IS NULL THEN core.problem('not_allowed')
			WHEN one.goods IS NOT NFC NORMALIZED THEN core.problem('not_normalized')
			WHEN one.shop IS NULL OR NOT one.path <@ till.nodes THEN core.problem('unknown_shop', 'shop', jsonb_build_object('code', one.code))
			WHEN NOT one.known THEN core.problem('unknown_volunteer', 'volunteer', jsonb_build_object('volunteer', one.volunteer))
			WHEN rule.id IS NULL THEN core.problem('no_rule', NULL, jsonb_build_object('date', today))
			WHEN till.used + by_till[t] + one.points > rule.till_daily_points
				THEN core.problem('daily_cap_till', 'points', jsonb_build_object('cap', rule.till_daily_points::text))
			WHEN one.used + by_him[v] + one.points > rule.volunteer_daily_points
				THEN core.problem('daily_cap_volunteer', 'points', jsonb_build_object('cap', rule.volunteer_daily_points::text))
			WHEN by_shop[s] - one.shop_balance + one.points > one.unsettled_limit
				THEN core.problem('shop_limit', 'points', jsonb_build_object('limit', one.unsettled_limit::text))
			END;
		IF refused IS NULL THEN
			IF one.amounts[1] - by_him[v] >= one.points THEN   -- the first lot is enough
				one.lots_text := '[' || one.lots[1] || ',"-' || one.points || '"]';
				one.lots := one.lots[1:1];
				one.amounts := ARRAY[-one.points];
			ELSE
				one := core.spend_lots(one, by_him[v], few, today);
			END IF;
			IF one.lots IS NULL THEN
				refused := core.problem('not_enough_points', 'points', jsonb_build_object('volunteer', one.volunteer));
			END IF;
		END IF;
		IF refused IS NOT NULL THEN
			RETURN NEXT ROW(one.place, refused::text, NULL, NULL, NULL, NULL)::core.said;
			CONTINUE;
		END IF;
		IF accounts[s] IS NULL THEN
			accounts[s] := core.account('P2400', one.shop);
		END IF;
		by_till[t] := by_till[t] + one.points;
		by_him[v] := by_him[v] + one.points;
		his_steps[v] := his_steps[v] + 1;
		by_shop[s] := by_shop[s] + one.points;
		shop_steps[s] := shop_steps[s] + 1;
		one.balance := one.balance + by_him[v];
		one.version := one.version + his_steps[v];
		one.shop_account := accounts[s];
		one.shop_balance := one.shop_balance - by_shop[s];
		one.shop_version := one.shop_version + shop_steps[s];
		taken := taken || one;
	END LOOP;
	IF taken IS NOT NULL THEN
		UPDATE ledger.account a SET balance = a.balance + m.points, version = a.version + m.steps,
				redeemed_on = CASE WHEN m.his THEN today ELSE a.redeemed_on END,
				redeemed = CASE WHEN NOT m.his THEN a.redeemed WHEN a.redeemed_on = today THEN a.redeemed + m.points ELSE m.points END
			FROM (SELECT true AS his, u.id, u.points, u.steps FROM unnest(purses, by_him, his_steps) AS u (id, points, steps)
				UNION ALL SELECT false, u.id, -u.points, u.steps FROM unnest(accounts, by_shop, shop_steps) AS u (id, points, steps)) AS m
			WHERE a.id = m.id AND m.steps > 0;
		INSERT INTO ledger.daily_use AS d (operator, day, points)
			SELECT u.operator, today, u.points FROM unnest(tills, by_till) AS u (operator, points) WHERE u.points > 0
			ON CONFLICT (operator, day) DO UPDATE SET points = d.points + excluded.points;
		RETURN QUERY SELECT * FROM core.redeem(taken, base, last.number, last.leaf_next, rule, protected, payload, signature);
	END IF;
	IF again IS NOT NULL THEN
		RETURN QUERY SELECT * FROM op.redemption_make(again, kid, jti, iat, exp, hash, protected, payload, signature);
	END IF;
END $$;
