-- What is wrong with the first bad line of an activity that is to be recorded, as a refusal; all NULL when every line is good.
-- Half-open intervals: a service may begin at the moment another ends. None is longer than a day, which bounds the look-up.
CREATE FUNCTION core.service_fault(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	bad record;
BEGIN
	SELECT l.place - 1 AS line, l.volunteer, CASE WHEN v.number IS NULL THEN 'unknown_volunteer'
			WHEN l.ends_at <= l.starts_at THEN 'ends_before_start'
			WHEN l.ends_at > caller.recorded_at THEN 'ends_in_future'
			WHEN l.starts_at <> date_trunc('minute', l.starts_at) OR l.ends_at <> date_trunc('minute', l.ends_at) THEN 'not_whole_minutes'
			WHEN l.ends_at > l.starts_at + interval '1 day' THEN 'longer_than_a_day' END AS code
		INTO bad
		FROM core.service_lines(input) AS l LEFT JOIN ledger.volunteer v ON v.number = l.volunteer
		WHERE v.number IS NULL OR l.ends_at <= l.starts_at OR l.ends_at > caller.recorded_at
		OR l.starts_at <> date_trunc('minute', l.starts_at) OR l.ends_at <> date_trunc('minute', l.ends_at)
		OR l.ends_at > l.starts_at + interval '1 day'
		ORDER BY l.place LIMIT 1;
	IF bad.code = 'unknown_volunteer' THEN
		RETURN core.refuse(bad.code, format('lines/%s/volunteer', bad.line), jsonb_build_object('volunteer', bad.volunteer));
	ELSIF bad.code IS NOT NULL THEN
		RETURN core.refuse(bad.code, format('lines/%s/end', bad.line));
	END IF;
	SELECT l.place - 1 AS line, r.* INTO bad FROM core.service_lines(input) AS l CROSS JOIN LATERAL (
			SELECT r.id, r.activity, r.starts_at, r.ends_at FROM ledger.service_record r
			LEFT JOIN ledger.service_decision d ON d.record = r.id
			WHERE r.volunteer = l.volunteer AND r.starts_at > l.starts_at - interval '1 day' AND r.starts_at < l.ends_at
			AND r.ends_at > l.starts_at AND d.confirmed IS NOT FALSE
			ORDER BY r.starts_at LIMIT 1) AS r
		ORDER BY l.place LIMIT 1;
	IF bad.id IS NOT NULL THEN
		RETURN core.refuse('overlapping_service', format('lines/%s/start', bad.line), jsonb_build_object('record', bad.id,
			'activity', bad.activity, 'start', core.shanghai_text(bad.starts_at), 'end', core.shanghai_text(bad.ends_at)));
	END IF;
	SELECT greatest(l.place, l.other) - 1 AS line, least(l.place, l.other) AS other, l.starts_at, l.ends_at INTO bad
		FROM (SELECT place, lag(place) OVER same AS other, starts_at AS begins, lag(starts_at) OVER same AS starts_at,
				lag(ends_at) OVER same AS ends_at
			FROM core.service_lines(input) WINDOW same AS (PARTITION BY volunteer ORDER BY starts_at, place)) AS l
		WHERE l.ends_at > l.begins ORDER BY 1 LIMIT 1;
	IF bad.line IS NOT NULL THEN
		RETURN core.refuse('overlapping_lines', format('lines/%s/start', bad.line), jsonb_build_object('line', bad.other,
			'start', core.shanghai_text(bad.starts_at), 'end', core.shanghai_text(bad.ends_at)));
	END IF;
	RETURN NULL;
END $$;
