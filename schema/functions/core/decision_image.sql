-- A decision on a service record as it stands in a leaf; what core.image gives, without its cost a line.
CREATE FUNCTION core.decision_image(d ledger.service_decision) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT jsonb_strip_nulls(jsonb_build_object('record', d.record, 'confirmed', d.confirmed, 'credited_minutes', d.credited_minutes,
		'points', d.points::text, 'entry', d.entry, 'person', d.person, 'reason', d.reason, 'request', d.request))
$$;
