-- The lines of a register that is to be imported; place counts from 1.
CREATE FUNCTION core.volunteer_lines(input jsonb) RETURNS TABLE (place bigint, number bigint, code text, name bytea, phone bytea)
LANGUAGE sql IMMUTABLE AS $$
	SELECT place, (line ->> 'number')::bigint, coalesce(line ->> 'community', input ->> 'community'),
		core.from_base64url(line ->> 'name'), core.from_base64url(line ->> 'phone')
	FROM jsonb_array_elements(input -> 'lines') WITH ORDINALITY AS l (line, place)
$$;
