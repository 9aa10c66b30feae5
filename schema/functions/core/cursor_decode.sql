-- The place that a cursor means; NULL for no cursor and for one that this ledger did not make.
CREATE FUNCTION core.cursor_decode(cursor text) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN place BETWEEN 0 AND 9007199254740991 THEN place END
	FROM (SELECT CASE WHEN length(cursor) = 11
		THEN ('x' || encode(core.from_base64url(cursor), 'hex'))::bit(64)::bigint END) AS meant (place)
$$;
