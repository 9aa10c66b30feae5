-- Which lots a redemption takes, and how much of each, when commands before it in its batch have taken some points of the same purse
-- already: the first to expire first. lots is NULL when there is not enough. The redemption has at most a few of the purse's lots.
CREATE FUNCTION core.spend_lots(one core.redeeming, before bigint, few int, today date) RETURNS core.redeeming
LANGUAGE plpgsql STABLE AS $$
DECLARE
	lots    bigint[] := one.lots;
	rests   bigint[] := one.amounts;
	wanted  bigint := one.points;
	part    bigint;
BEGIN
	IF cardinality(lots) = few AND (SELECT sum(r) FROM unnest(rests) AS r) < before + wanted THEN
		SELECT l.lots, l.amounts INTO lots, rests FROM core.live_lots(one.purse, today, NULL) AS l;
	END IF;
	one.lots := '{}';
	one.amounts := '{}';
	FOR at IN 1 .. coalesce(cardinality(lots), 0) LOOP
		part := least(rests[at] - before, wanted);
		before := greatest(before - rests[at], 0);
		CONTINUE WHEN part <= 0;
		one.lots := one.lots || lots[at];
		one.amounts := one.amounts || -part;
		one.lots_text := concat(one.lots_text || ',', '[', lots[at], ',"-', part, '"]');
		wanted := wanted - part;
		EXIT WHEN wanted = 0;
	END LOOP;
	IF wanted > 0 THEN
		one.lots := NULL;
	END IF;
	RETURN one;
END $$;
