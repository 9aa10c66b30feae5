-- The lines of an activity that is to be recorded, as columns.
CREATE FUNCTION core.service_lines(input jsonb, OUT volunteers bigint[], OUT starts timestamptz[], OUT ends timestamptz[])
LANGUAGE plpgsql STABLE AS $$
BEGIN
	SELECT array_agg(l.volunteer), array_agg(l.start), array_agg(l."end") INTO volunteers, starts, ends
		FROM jsonb_to_recordset(input -> 'lines') AS l (volunteer bigint, start timestamptz, "end" timestamptz);
END $$;
