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
			FROM ledger.service_record r
			JOIN ledger.activity a ON a.id = r.activity
			JOIN ledger.node t ON t.id = a.team
			JOIN ledger.node c ON c.id = a.community
			LEFT JOIN ledger.service_decision d ON d.record = r.id
			WHERE (core.in_scope(caller, t.path) OR core.in_scope(caller, c.path))
			AND (input ->> 'team' IS NULL OR t.code = input ->> 'team')
			AND (input ->> 'community' IS NULL OR c.code = input ->> 'community')
			AND (input ->> 'activity' IS NULL OR r.activity = (input ->> 'activity')::bigint)
			AND (input ->> 'volunteer' IS NULL OR r.volunteer = (input ->> 'volunteer')::bigint)
			AND (input ->> 'state' IS NULL OR d.confirmed IS NOT DISTINCT FROM
				CASE input ->> 'state' WHEN 'confirmed' THEN true WHEN 'rejected' THEN false END)
			AND r.id > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY r.id LIMIT most + 1) AS l
		JOIN ledger.volunteer v ON v.number = l.volunteer
		JOIN ledger.node home ON home.id = v.community));
END $$;
