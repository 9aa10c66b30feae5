-- The entry that a leaf posts, NULL when it posts none. The members of a leaf stand in order: book and entry come first.
CREATE FUNCTION core.leaf_entry(body bytea) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN substring(encode(substr(body, 1, 64), 'escape') FROM '^{"book":"[a-z]+","entry":([0-9]+),')::bigint;
