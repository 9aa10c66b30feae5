-- The lines of an activity that is to be recorded, as columns.
CREATE FUNCTION core.service_lines(input jsonb, OUT volunteers bigint[], OUT starts timestamptz[], OUT ends timestamptz[])
LANGUAGE plpgsql STABLE AS $$
BEGIN
	SELECT array_agg((line ->> 'volunteer')::bigint), array_agg((line ->> 'start')::timestamptz), array_agg((line ->> 'end')::timestamptz)
		INTO volunteers, starts, ends FROM jsonb_array_elements(input -> 'lines') AS l (line);
END $$;
