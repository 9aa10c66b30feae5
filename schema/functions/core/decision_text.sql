-- A decision on a service record as it stands in a leaf, in canonical text. Inlined where it is called: give it plain columns.
CREATE FUNCTION core.decision_text(record bigint, confirmed boolean, credited_minutes int, points bigint, entry bigint,
	person int, reason text, request bigint) RETURNS text
LANGUAGE sql STABLE
RETURN '"service_decision":[{"confirmed":' || confirmed || ',"credited_minutes":' || credited_minutes || coalesce(',"entry":' || entry, '')
	|| ',"person":' || person || ',"points":"' || points || '"' || coalesce(',"reason":' || to_json(reason), '')
	|| ',"record":' || record || ',"request":' || request || '}]';
