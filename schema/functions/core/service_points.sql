-- What confirming records gives each: minutes under the daily cap that earlier confirmed services of the volunteer's day leave, and
-- points = floor(minutes x rate) by the rule of that day, with the day its lot expires; points NULL where no rule was in force.
-- Records of one volunteer and day take from the cap in the order they began. A service belongs to the day it began in Shanghai.
CREATE FUNCTION core.service_points(input jsonb, today date)
RETURNS TABLE (record bigint, volunteer bigint, day date, minutes int, credited int, points bigint, expires_on date)
LANGUAGE plpgsql STABLE ROWS 100 AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH served AS MATERIALIZED (
		SELECT r.id, r.volunteer, r.day, r.minutes,
			sum(r.minutes) OVER (PARTITION BY r.volunteer, r.day ORDER BY r.starts_at, r.id ROWS UNBOUNDED PRECEDING) AS upto
		FROM (SELECT o.*, core.shanghai_date(o.starts_at) AS day FROM core.open_records(input) AS o) AS r
	), ruled AS MATERIALIZED (
		SELECT d.day, d.day::timestamp AT TIME ZONE 'Asia/Shanghai' AS begins, (d.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AS ends,
			rule.points, rule.minutes AS per, rule.daily_minutes, today + rule.lot_days AS expires_on
		FROM (SELECT DISTINCT s.day FROM served s) AS d CROSS JOIN LATERAL core.rule_on(d.day) AS rule
	), used AS (
		SELECT s.id, sum(c.credited_minutes) AS credited
		FROM served s JOIN ruled USING (day)
		CROSS JOIN LATERAL (SELECT x.id FROM ledger.service_record x
			WHERE x.volunteer = s.volunteer AND x.starts_at >= ruled.begins AND x.starts_at < ruled.ends AND x.id <> s.id OFFSET 0) AS r
		CROSS JOIN LATERAL (SELECT x.credited_minutes FROM ledger.service_decision x WHERE x.record = r.id AND x.confirmed LIMIT 1) AS c
		GROUP BY s.id
	), capped AS (
		SELECT s.id, s.volunteer, s.day, s.minutes, ruled.points, ruled.per, ruled.expires_on,
			(least(ruled.daily_minutes, coalesce(used.credited, 0) + s.upto)
				- least(ruled.daily_minutes, coalesce(used.credited, 0) + s.upto - s.minutes))::int AS credited
		FROM served s JOIN ruled USING (day) LEFT JOIN used ON used.id = s.id
	)
	SELECT c.id, c.volunteer, c.day, c.minutes, c.credited, c.credited::bigint * c.points / c.per, c.expires_on FROM capped c ORDER BY c.id;
END $$;
