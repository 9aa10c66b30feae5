-- The first service records of the list that input asks for, by number. Those that wait for a decision are found by their activities,
-- rejected ones by their index: with most of a ledger's records decided, and confirmed, either is a few of millions.
-- Records of an activity are numbered in a row, in the order of the activities.
CREATE FUNCTION core.records_listed(caller core.caller, input jsonb, most int) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
	of_activity  CONSTANT bigint := (input ->> 'activity')::bigint;
	of_volunteer CONSTANT bigint := (input ->> 'volunteer')::bigint;
	after        bigint := coalesce(core.cursor_decode(input ->> 'cursor'), 0);
	upto         bigint := 9223372036854775807;
BEGIN
	IF of_activity IS NOT NULL THEN
		SELECT greatest(after, o.first - 1), coalesce(o.last, 0) INTO after, upto FROM core.records_of(of_activity) AS o;
	END IF;
	IF input ->> 'state' = 'recorded' THEN
		RETURN QUERY SELECT r.id
			FROM (SELECT o.activity FROM ledger.service_open o
				WHERE o.records > 0 AND (of_activity IS NULL OR o.activity = of_activity) AND core.activity_listed(caller, input, o.activity)
				ORDER BY o.activity OFFSET 0) AS o
			CROSS JOIN LATERAL core.records_of(o.activity) AS n
			CROSS JOIN LATERAL (SELECT x.id, x.volunteer FROM ledger.service_record x
				WHERE x.id BETWEEN greatest(n.first, after + 1) AND n.last OFFSET 0) AS r
			LEFT JOIN LATERAL (SELECT x.record FROM ledger.service_decision x WHERE x.record = r.id LIMIT 1) AS d ON true
			WHERE d.record IS NULL AND (of_volunteer IS NULL OR r.volunteer = of_volunteer)
			ORDER BY o.activity, r.id LIMIT most;
	ELSIF input ->> 'state' = 'rejected' THEN
		RETURN QUERY SELECT d.record
			FROM (SELECT x.record FROM ledger.service_decision x WHERE NOT x.confirmed AND x.record > after AND x.record <= upto
				ORDER BY x.record OFFSET 0) AS d
			CROSS JOIN LATERAL (SELECT x.activity, x.volunteer FROM ledger.service_record x WHERE x.id = d.record LIMIT 1) AS r
			WHERE (of_volunteer IS NULL OR r.volunteer = of_volunteer) AND core.activity_listed(caller, input, r.activity)
			ORDER BY d.record LIMIT most;
	ELSE
		RETURN QUERY SELECT r.id
			FROM ledger.service_record r JOIN ledger.activity a ON a.id = r.activity
			JOIN ledger.node t ON t.id = a.team JOIN ledger.node c ON c.id = a.community
			LEFT JOIN ledger.service_decision d ON d.record = r.id
			WHERE (core.in_scope(caller, t.path) OR core.in_scope(caller, c.path))
			AND (input ->> 'team' IS NULL OR t.code = input ->> 'team') AND (input ->> 'community' IS NULL OR c.code = input ->> 'community')
			AND (of_volunteer IS NULL OR r.volunteer = of_volunteer)
			AND (input ->> 'state' IS NULL OR d.confirmed) AND r.id > after AND r.id <= upto
			ORDER BY r.id LIMIT most;
	END IF;
END $$;
