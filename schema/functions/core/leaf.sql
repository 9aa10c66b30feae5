-- The leaves of a command that posts nothing: one.
CREATE FUNCTION core.leaf(body jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN jsonb_build_array(body);
