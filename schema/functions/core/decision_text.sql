-- A decision on a service record as it stands in a leaf, in canonical text; numbers that the caller needs as text more than once come as
-- text. Inlined where it is called: give it plain columns.
CREATE FUNCTION core.decision_text(record bigint, confirmed boolean, credited_minutes int, points text, entry text, person text, reason text,
	request text) RETURNS text
LANGUAGE sql STABLE
RETURN '"service_decision":[{"confirmed":' || confirmed || ',"credited_minutes":' || credited_minutes || coalesce(',"entry":' || entry, '')
	|| ',"person":' || person || ',"points":"' || points || '"' || coalesce(',"reason":' || to_json(reason), '')
	|| ',"record":' || record || ',"request":' || request || '}]';
