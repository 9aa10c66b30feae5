-- What is wrong with the first bad line of an activity that is to be recorded, as a refusal; all NULL when every line is good.
-- Half-open intervals: a service may begin at the moment another ends. None is longer than a day, which bounds the look-up.
-- Each line is looked up by itself (LIMIT, OFFSET): a plan made while the tables were small would read them whole.
CREATE FUNCTION core.service_fault(caller core.caller, volunteers bigint[], starts timestamptz[], ends timestamptz[]) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	bad record;
BEGIN
	SELECT j.* INTO bad FROM (
		SELECT l.place - 1 AS line, l.volunteer, CASE WHEN v.number IS NULL THEN 'unknown_volunteer'
			WHEN l.ends_at <= l.starts_at THEN 'ends_before_start'
			WHEN l.ends_at > caller.recorded_at THEN 'ends_in_future'
			WHEN l.starts_at <> date_trunc('minute', l.starts_at) OR l.ends_at <> date_trunc('minute', l.ends_at) THEN 'not_whole_minutes'
			WHEN l.ends_at - l.starts_at > interval '24 hours' THEN 'longer_than_a_day' END AS code
		FROM unnest(volunteers, starts, ends) WITH ORDINALITY AS l (volunteer, starts_at, ends_at, place)
		LEFT JOIN LATERAL (SELECT x.number FROM ledger.volunteer x WHERE x.number = l.volunteer LIMIT 1) AS v ON true) AS j
		WHERE j.code IS NOT NULL ORDER BY j.line LIMIT 1;
	IF bad.code = 'unknown_volunteer' THEN
		RETURN core.refuse(bad.code, format('lines/%s/volunteer', bad.line), jsonb_build_object('volunteer', bad.volunteer));
	ELSIF bad.code IS NOT NULL THEN
		RETURN core.refuse(bad.code, format('lines/%s/end', bad.line));
	END IF;
	SELECT l.place - 1 AS line, r.id, r.activity, r.starts_at, r.ends_at INTO bad
		FROM unnest(volunteers, starts, ends) WITH ORDINALITY AS l (volunteer, starts_at, ends_at, place)
		CROSS JOIN LATERAL (SELECT x.* FROM ledger.service_record x
			WHERE x.volunteer = l.volunteer AND x.starts_at > l.starts_at - interval '24 hours' AND x.starts_at < l.ends_at
			AND x.ends_at > l.starts_at OFFSET 0) AS r
		LEFT JOIN LATERAL (SELECT x.confirmed FROM ledger.service_decision x WHERE x.record = r.id LIMIT 1) AS d ON true
		WHERE d.confirmed IS DISTINCT FROM false
		ORDER BY l.place, r.starts_at LIMIT 1;
	IF bad.id IS NOT NULL THEN
		RETURN core.refuse('overlapping_service', format('lines/%s/start', bad.line), jsonb_build_object('record', bad.id,
			'activity', bad.activity, 'start', core.shanghai_text(bad.starts_at), 'end', core.shanghai_text(bad.ends_at)));
	END IF;
	SELECT greatest(l.place, l.other) - 1 AS line, least(l.place, l.other) AS other, l.starts_at, l.ends_at INTO bad
		FROM (SELECT l.place, lag(l.place) OVER same AS other, l.starts_at AS begins, lag(l.starts_at) OVER same AS starts_at,
				lag(l.ends_at) OVER same AS ends_at
			FROM unnest(volunteers, starts, ends) WITH ORDINALITY AS l (volunteer, starts_at, ends_at, place)
			WINDOW same AS (PARTITION BY l.volunteer ORDER BY l.starts_at, l.place)) AS l
		WHERE l.ends_at > l.begins ORDER BY 1 LIMIT 1;
	IF bad.line IS NOT NULL THEN
		RETURN core.refuse('overlapping_lines', format('lines/%s/start', bad.line), jsonb_build_object('line', bad.other,
			'start', core.shanghai_text(bad.starts_at), 'end', core.shanghai_text(bad.ends_at)));
	END IF;
	RETURN NULL;
END $$;
