-- As core.utc_text, of a moment so many microseconds after the beginning of a second whose text up to the point is known: for entries of
-- one command, which follow each other by a microsecond.
CREATE FUNCTION core.utc_text_in(second text, microseconds bigint, moment timestamptz) RETURNS text
LANGUAGE sql STABLE
RETURN CASE WHEN microseconds < 1000000 THEN second || lpad(microseconds::text, 6, '0') || 'Z' ELSE core.utc_text(moment) END;
