-- Service records of the teams and of the communities served in the caller's part of the tree, the oldest first.
-- Names are whole for the worker of the volunteer's own community, masked for everybody else.
CREATE FUNCTION op.service_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most  CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	homes CONSTANT ltree[] := core.role_nodes(caller.operator, 'worker');
BEGIN
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_build_object('record', l.id, 'activity', l.activity, 'name', l.activity_name,
			'team', l.team, 'community', l.community, 'volunteer', l.volunteer,
			'volunteer_name', core.shown_name(v.name, NOT home.path <@ homes), 'start', core.shanghai_text(l.starts_at), 'end', core.shanghai_text(l.ends_at),
			'minutes', l.minutes, 'state', l.state)
			|| CASE l.state WHEN 'confirmed' THEN jsonb_build_object('credited_minutes', l.credited_minutes, 'points', l.points::text)
				WHEN 'rejected' THEN jsonb_build_object('reason', l.reason) ELSE '{}' END ORDER BY l.id), array_agg(l.id ORDER BY l.id), most)
		FROM (SELECT r.*, a.name AS activity_name, t.code AS team, c.code AS community, d.credited_minutes, d.points, d.reason,
				CASE d.confirmed WHEN true THEN 'confirmed' WHEN false THEN 'rejected' ELSE 'recorded' END AS state
			FROM core.records_listed(caller, input, most + 1) AS listed (record)
			CROSS JOIN LATERAL (SELECT x.* FROM ledger.service_record x WHERE x.id = listed.record LIMIT 1) AS r
			CROSS JOIN LATERAL (SELECT x.name, x.team, x.community FROM ledger.activity x WHERE x.id = r.activity LIMIT 1) AS a
			CROSS JOIN LATERAL (SELECT x.code FROM ledger.node x WHERE x.id = a.team LIMIT 1) AS t
			CROSS JOIN LATERAL (SELECT x.code FROM ledger.node x WHERE x.id = a.community LIMIT 1) AS c
			LEFT JOIN LATERAL (SELECT x.* FROM ledger.service_decision x WHERE x.record = r.id LIMIT 1) AS d ON true) AS l
		CROSS JOIN LATERAL (SELECT x.name, x.community FROM ledger.volunteer x WHERE x.number = l.volunteer LIMIT 1) AS v
		CROSS JOIN LATERAL (SELECT x.path FROM ledger.node x WHERE x.id = v.community LIMIT 1) AS home));
END $$;
