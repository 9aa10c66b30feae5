-- RFC 3339 in UTC with microseconds, as moments stand in leaves and results.
CREATE FUNCTION core.utc_text(moment timestamptz) RETURNS text
LANGUAGE sql STABLE
RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
