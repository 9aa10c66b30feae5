-- A moment to the second as people here read it: RFC 3339 with the offset +08:00.
CREATE FUNCTION core.shanghai_text(moment timestamptz) RETURNS text
LANGUAGE sql STABLE
RETURN to_char(moment AT TIME ZONE 'UTC' + interval '8 hours', 'YYYY-MM-DD"T"HH24:MI:SS"+08:00"');
