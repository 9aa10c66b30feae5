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
		INTO lots, have, expired FROM ledger.account a JOIN ledger.lot l ON l.account = a.id AND l.remaining > 0
		WHERE a.owner = who AND a.number = 'P2100' AND a.purpose = 0 AND NOT a.restricted;
	RETURN core.done((SELECT jsonb_build_object('volunteer', who, 'name', core.shown_name(v.name, view <> 'full'), 'community', n.code,
			'points', coalesce(have, 0)::text, 'expired', coalesce(expired, 0)::text, 'service_minutes', coalesce(served.minutes, 0),
			'lots', coalesce(lots, '[]'))
		FROM ledger.volunteer v JOIN ledger.node n ON n.id = v.community CROSS JOIN LATERAL (
			SELECT sum(r.minutes) AS minutes FROM ledger.service_record r JOIN ledger.service_decision d ON d.record = r.id
			WHERE r.volunteer = v.number AND d.confirmed) AS served
		WHERE v.number = who));
END $$;
