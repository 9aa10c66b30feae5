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
		SELECT r.id, r.volunteer, core.shanghai_date(r.starts_at) AS day, r.minutes,
			sum(r.minutes) OVER (PARTITION BY r.volunteer, core.shanghai_date(r.starts_at) ORDER BY r.starts_at, r.id) AS upto
		FROM core.open_records(input) AS r
	), ruled AS (
		SELECT d.day, rule.* FROM (SELECT DISTINCT s.day FROM served s) AS d CROSS JOIN LATERAL core.rule_on(d.day) AS rule
	), capped AS (
		SELECT s.id, s.volunteer, s.day, s.minutes, ruled.points, ruled.minutes AS per, today + ruled.lot_days AS expires_on,
			(least(ruled.daily_minutes, used.credited + s.upto)
				- least(ruled.daily_minutes, used.credited + s.upto - s.minutes))::int AS credited
		FROM served s JOIN ruled USING (day) CROSS JOIN LATERAL (
			SELECT coalesce(sum(c.credited_minutes), 0) AS credited
			FROM ledger.service_record r JOIN ledger.service_decision c ON c.record = r.id
			WHERE r.volunteer = s.volunteer AND c.confirmed
			AND r.starts_at >= s.day::timestamp AT TIME ZONE 'Asia/Shanghai'
			AND r.starts_at < (s.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai') AS used
	)
	SELECT c.id, c.volunteer, c.day, c.minutes, c.credited, c.credited::bigint * c.points / c.per, c.expires_on FROM capped c ORDER BY c.id;
END $$;
