-- A decision on a service record as it stands in a leaf, in canonical text, of values that are text already or stand for such (a shape's,
-- core.outcome).
CREATE FUNCTION core.decision_text(record text, confirmed boolean, credited_minutes text, points text, entry text, person int, reason text,
	request bigint) RETURNS text
LANGUAGE sql STABLE
RETURN '"service_decision":[{"confirmed":' || confirmed || ',"credited_minutes":' || credited_minutes || coalesce(',"entry":' || entry, '')
	|| ',"person":' || person || ',"points":"' || points || '"' || coalesce(',"reason":' || to_json(reason), '')
	|| ',"record":' || record || ',"request":' || request || '}]';
