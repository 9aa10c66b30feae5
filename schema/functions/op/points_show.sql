-- What a volunteer has: points that can be spent today, with their lots in the order of spending, and the minutes served.
-- Points of lots whose day has gone are shown apart: they cannot be spent any more.
CREATE FUNCTION op.points_show(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	who     CONSTANT bigint := (input ->> 'volunteer')::bigint;
	view    text := core.volunteer_view(caller, who);
	lots    jsonb;
	have    bigint;
	expired bigint;
BEGIN
	IF view IS NULL OR view = 'served' THEN
		RETURN core.refuse('unknown_volunteer', 'volunteer', jsonb_build_object('volunteer', who));
	END IF;
	SELECT jsonb_agg(jsonb_build_object('lot', l.id, 'entry', l.entry, 'points', l.amount::text, 'remaining', l.remaining::text,
			'expires_on', l.expires_on) ORDER BY l.expires_on, l.id),
		sum(l.remaining) FILTER (WHERE l.expires_on >= caller.today), sum(l.remaining) FILTER (WHERE l.expires_on < caller.today)
		INTO lots, have, expired
		FROM (SELECT x.id FROM ledger.account x WHERE x.owner = who AND x.number = 'P2100' AND x.purpose = 0 AND NOT x.restricted LIMIT 1) AS a
		CROSS JOIN LATERAL (SELECT x.* FROM ledger.lot x WHERE x.account = a.id AND x.remaining > 0 OFFSET 0) AS l;
	RETURN core.done((SELECT jsonb_build_object('volunteer', who, 'name', core.shown_name(v.name, view <> 'full'), 'community', n.code,
			'points', coalesce(have, 0)::text, 'expired', coalesce(expired, 0)::text, 'service_minutes', coalesce(served.minutes, 0),
			'lots', coalesce(lots, '[]'))
		FROM ledger.volunteer v JOIN ledger.node n ON n.id = v.community CROSS JOIN LATERAL (
			SELECT sum(r.minutes) AS minutes FROM (SELECT x.id, x.minutes FROM ledger.service_record x WHERE x.volunteer = v.number OFFSET 0) AS r
			CROSS JOIN LATERAL (SELECT FROM ledger.service_decision x WHERE x.record = r.id AND x.confirmed LIMIT 1) AS d) AS served
		WHERE v.number = who));
END $$;
