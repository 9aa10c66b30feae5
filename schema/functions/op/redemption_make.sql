-- Volunteers' points for goods at shops, in one step: debit P2100 of the volunteer, credit P2400 of the shop. All redemptions of a
-- batch in one call, places being where they stand in the arrays (see api.commands): one statement reads what they are about, a loop
-- decides them in turn, one statement writes those that pass (core.redeem).
-- Every look-up is a LATERAL with LIMIT 1: one index look-up each, whatever a plan that was made while the ledger was young thinks.
-- The lots that expire first are spent first; a lot lives to the end of its day. What it costs the shop's fund is fixed at today's rate.
-- The answer never says what the volunteer has, only whether it is enough.
CREATE FUNCTION op.redemption_make(places int[], kid text[], jti uuid[], iat bigint[], exp bigint[], hash bytea[],
	protected bytea[], payload bytea[], signature bytea[]) RETURNS SETOF core.said
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	few     CONSTANT int := 3;           -- lots are more than enough for most; the rest is read when they are not
	moment  CONSTANT timestamptz := core.now();
	last    CONSTANT record := core.last_request();
	base    CONSTANT timestamptz := greatest(moment, last.recorded_at + interval '1 microsecond');
	today   CONSTANT date := core.shanghai_date(base);
	rule    CONSTANT ledger.rule := core.rule_on(today);
	by_till bigint[] := array_fill(0::bigint, ARRAY[cardinality(places)]);   -- points that commands before took, by till,
	by_him  bigint[] := by_till;                                             -- volunteer
	by_shop bigint[] := by_till;                                             -- and shop, each by its rank
	again   int[] := '{}'::int[];
	taken   core.redeeming[] := '{}'::core.redeeming[];
	one     core.redeeming;
	refused jsonb;
	caller  core.caller;
BEGIN
	FOR one IN
		WITH asked AS MATERIALIZED (
			SELECT u.place::int, u.kid, u.jti, u.hash, i.shop, i.volunteer, i.points, i.goods, core.lifetime_fault(u.iat, u.exp, moment) AS fault,
				row_number() OVER (PARTITION BY u.jti, u.kid ORDER BY u.place) > 1 AS again, dense_rank() OVER (ORDER BY i.volunteer) AS volunteer_rank
			FROM unnest(kid, jti, iat, exp, hash, payload) WITH ORDINALITY AS u (kid, jti, iat, exp, hash, payload, place),
				jsonb_to_record(convert_from(u.payload, 'UTF8')::jsonb) AS i (shop text, volunteer bigint, points bigint, goods text)
			WHERE u.place = ANY (places)
		), till AS MATERIALIZED (
			SELECT k.kid, row_number() OVER () AS rank, o.id, r.operator IS NOT NULL AS revoked, core.grants(o.id, 'redemption_make') AS nodes, u.points AS used
			FROM (SELECT DISTINCT a.kid FROM asked a) AS k
			LEFT JOIN LATERAL (SELECT x.id FROM ledger.operator x WHERE x.kid = k.kid LIMIT 1) AS o ON true
			LEFT JOIN LATERAL (SELECT x.operator FROM ledger.operator_revocation x WHERE x.operator = o.id LIMIT 1) AS r ON true
			LEFT JOIN LATERAL (SELECT x.points FROM ledger.daily_use x WHERE x.id = o.id AND x.day = today AND x.kind = 't' LIMIT 1) AS u ON true
		), shop AS MATERIALIZED (
			SELECT c.code, row_number() OVER () AS rank, n.path, s.node, s.unsettled_limit, p.id AS account, -p.balance AS unsettled
			FROM (SELECT DISTINCT a.shop AS code FROM asked a) AS c
			LEFT JOIN LATERAL (SELECT x.id, x.path FROM ledger.node x WHERE x.code = c.code LIMIT 1) AS n ON true
			LEFT JOIN LATERAL (SELECT x.node, x.unsettled_limit FROM ledger.shop x WHERE x.node = n.id LIMIT 1) AS s ON true
			LEFT JOIN LATERAL (SELECT x.id, x.balance FROM ledger.account x
				WHERE x.owner = n.id AND x.number = 'P2400' AND x.purpose = 0 AND NOT x.restricted LIMIT 1) AS p ON true
		)
		SELECT a.place, a.jti, a.hash, a.shop, a.volunteer, a.points, a.goods, a.again, a.fault, t.rank, s.rank, a.volunteer_rank,
			t.id, t.revoked, t.nodes IS NOT NULL, q.number, CASE WHEN s.path <@ t.nodes THEN s.node END, s.unsettled_limit, s.account, coalesce(s.unsettled, 0),
			p.id IS NOT NULL OR EXISTS (SELECT FROM ledger.volunteer v WHERE v.number = a.volunteer), p.id, coalesce(t.used, 0), coalesce(u.points, 0),
			l.lots, l.amounts, NULL::text
		FROM asked a LEFT JOIN till t ON t.kid = a.kid LEFT JOIN shop s ON s.code = a.shop
		LEFT JOIN LATERAL (SELECT x.number FROM ledger.request x WHERE x.operator = t.id AND x.jti = a.jti LIMIT 1) AS q ON true
		LEFT JOIN LATERAL (SELECT x.id FROM ledger.account x
			WHERE x.owner = a.volunteer AND x.number = 'P2100' AND x.purpose = 0 AND NOT x.restricted LIMIT 1) AS p ON true
		LEFT JOIN LATERAL (SELECT x.points FROM ledger.daily_use x WHERE x.id = a.volunteer AND x.day = today AND x.kind = 'v' LIMIT 1) AS u ON true
		LEFT JOIN LATERAL (SELECT array_agg(f.id) AS lots, array_agg(f.remaining) AS amounts
			FROM (SELECT o.id, o.remaining FROM ledger.lot o WHERE o.account = p.id AND o.expires_on >= today AND o.remaining > 0
				ORDER BY o.expires_on, o.id LIMIT few) AS f) AS l ON true
		ORDER BY a.place
	LOOP
		IF one.again THEN   -- judged when the one before is written
			again := again || one.place;
			CONTINUE;
		END IF;
		refused := CASE
			WHEN one.operator IS NULL THEN core.problem('unknown_key')
			WHEN one.revoked THEN core.problem('revoked_key')
			WHEN one.seen IS NOT NULL THEN core.replay(one.seen, one.hash)
			WHEN one.fault IS NOT NULL THEN core.lifetime_problem(one.fault, moment)
			WHEN NOT one.allowed THEN core.problem('not_allowed')
			WHEN one.goods IS NOT NFC NORMALIZED THEN core.problem('not_normalized')
			WHEN one.shop IS NULL THEN core.problem('unknown_shop', 'shop', jsonb_build_object('code', one.code))
			WHEN NOT one.known THEN core.problem('unknown_volunteer', 'volunteer', jsonb_build_object('volunteer', one.volunteer))
			WHEN rule.id IS NULL THEN core.problem('no_rule', NULL, jsonb_build_object('date', today))
			WHEN one.used_by_till + by_till[one.till_rank] + one.points > rule.till_daily_points
				THEN core.problem('daily_cap_till', 'points', jsonb_build_object('cap', rule.till_daily_points::text))
			WHEN one.used_by_him + by_him[one.volunteer_rank] + one.points > rule.volunteer_daily_points
				THEN core.problem('daily_cap_volunteer', 'points', jsonb_build_object('cap', rule.volunteer_daily_points::text))
			WHEN one.unsettled + by_shop[one.shop_rank] + one.points > one.unsettled_limit
				THEN core.problem('shop_limit', 'points', jsonb_build_object('limit', one.unsettled_limit::text))
			END;
		IF refused IS NULL THEN
			one := core.spend_lots(one, by_him[one.volunteer_rank], few, today);
			IF one.lots IS NULL THEN
				refused := core.problem('not_enough_points', 'points', jsonb_build_object('volunteer', one.volunteer));
			END IF;
		END IF;
		IF refused IS NOT NULL THEN
			RETURN NEXT ROW(one.place, refused::text, NULL, NULL, NULL, NULL, NULL)::core.said;
			CONTINUE;
		END IF;
		by_till[one.till_rank] := by_till[one.till_rank] + one.points;
		by_him[one.volunteer_rank] := by_him[one.volunteer_rank] + one.points;
		by_shop[one.shop_rank] := by_shop[one.shop_rank] + one.points;
		IF one.shop_account IS NULL THEN
			one.shop_account := core.account('P2400', one.shop);
		END IF;
		taken := taken || one;
	END LOOP;
	IF taken <> '{}' THEN
		caller.request := last.number + 1;
		caller.recorded_at := base;
		caller.today := today;
		RETURN QUERY SELECT * FROM core.redeem(taken, caller, last.leaf_next, rule, protected, payload, signature);
	END IF;
	IF again <> '{}' THEN
		RETURN QUERY SELECT * FROM op.redemption_make(again, kid, jti, iat, exp, hash, protected, payload, signature);
	END IF;
END $$;
