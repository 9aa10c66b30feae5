-- A page of a list: takes what was found, up to size + 1 rows in order with the place of each, and names the cursor of the
-- next page when there is more.
CREATE FUNCTION core.page(found jsonb, places bigint[], size int) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN cardinality(places) > size
	THEN jsonb_build_object('rows', found - size, 'next', core.cursor_encode(places[size]))
	ELSE jsonb_build_object('rows', coalesce(found, '[]')) END;
