-- The entry that a leaf posts, NULL when it posts none. The members of a leaf stand in order: book and entry come first. Taken apart
-- without a regular expression, whose automaton would be made anew for each leaf.
CREATE FUNCTION core.leaf_entry(body bytea) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN substr(body, 1, 9) = '{"book":"' AND split_part(encode(substr(body, 1, 64), 'escape'), ',', 2) LIKE '"entry":%'
	THEN substr(split_part(encode(substr(body, 1, 64), 'escape'), ',', 2), 9)::bigint END;
