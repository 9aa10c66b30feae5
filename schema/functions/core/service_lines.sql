-- The lines of an activity that is to be recorded; place counts from 1.
CREATE FUNCTION core.service_lines(input jsonb) RETURNS TABLE (place bigint, volunteer bigint, starts_at timestamptz, ends_at timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT place, (line ->> 'volunteer')::bigint, (line ->> 'start')::timestamptz, (line ->> 'end')::timestamptz
	FROM jsonb_array_elements(input -> 'lines') WITH ORDINALITY AS l (line, place)
$$;
