-- A volunteer: all of it to the worker of the own community; masked to auditors; to a leader the masked name of who served with the team.
CREATE FUNCTION op.volunteer_show(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	view   text := core.volunteer_view(caller, (input ->> 'volunteer')::bigint);
	masked boolean := view <> 'full';
BEGIN
	IF view IS NULL THEN
		RETURN core.refuse('unknown_volunteer', 'volunteer', jsonb_build_object('volunteer', input -> 'volunteer'));
	END IF;
	RETURN core.done((SELECT jsonb_strip_nulls(jsonb_build_object('volunteer', v.number, 'name', core.shown_name(v.name, masked),
			'phone', CASE WHEN view <> 'served' THEN core.shown_phone(v.phone, masked) END,
			'community', n.code, 'community_name', n.name, 'registered_at', core.shanghai_text(q.recorded_at)))
		FROM ledger.volunteer v JOIN ledger.node n ON n.id = v.community JOIN ledger.request q ON q.number = v.request
		WHERE v.number = (input ->> 'volunteer')::bigint));
END $$;
