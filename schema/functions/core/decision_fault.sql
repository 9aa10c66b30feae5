-- Why the caller cannot decide on the records that a request names of an activity, or on all of its open ones; all NULL if it can.
-- Who recorded does not decide. Each decision is looked up by itself (LIMIT): joined, all that were ever taken would be read.
CREATE FUNCTION core.decision_fault(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	about  ledger.activity;
	bad    record;
BEGIN
	SELECT a.* INTO about FROM ledger.activity a JOIN ledger.node n ON n.id = a.community
		WHERE a.id = (input ->> 'activity')::bigint AND core.in_scope(caller, n.path);
	IF about.id IS NULL THEN
		RETURN core.refuse('unknown_activity', 'activity', jsonb_build_object('activity', input -> 'activity'));
	ELSIF about.person = caller.person THEN
		RETURN core.refuse('maker_is_checker', 'activity', jsonb_build_object('activity', about.id));
	END IF;
	SELECT l.place - 1 AS line, l.record, CASE WHEN r.id IS NULL THEN 'unknown_record'
			WHEN d.record IS NOT NULL THEN 'already_decided' ELSE 'duplicate_line' END AS code
		INTO bad
		FROM (SELECT place, (line ->> 'record')::bigint AS record, row_number() OVER (PARTITION BY line ->> 'record' ORDER BY place) AS nth
			FROM jsonb_array_elements(input -> 'records') WITH ORDINALITY AS e (line, place)) AS l
		LEFT JOIN LATERAL (SELECT x.id FROM ledger.service_record x WHERE x.id = l.record AND x.activity = about.id LIMIT 1) AS r ON true
		LEFT JOIN LATERAL (SELECT x.record FROM ledger.service_decision x WHERE x.record = r.id LIMIT 1) AS d ON true
		WHERE r.id IS NULL OR d.record IS NOT NULL OR l.nth > 1
		ORDER BY l.place LIMIT 1;
	IF bad.code IS NOT NULL THEN
		RETURN core.refuse(bad.code, format('records/%s/record', bad.line), jsonb_build_object('record', bad.record));
	ELSIF NOT EXISTS (SELECT FROM ledger.service_open o WHERE o.activity = about.id AND o.records > 0) THEN
		RETURN core.refuse('already_decided', 'activity', jsonb_build_object('activity', about.id));
	END IF;
	RETURN NULL;
END $$;
