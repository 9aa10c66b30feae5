-- Posts one entry and returns its leaf, as an array of one, for commands that add images of what else they wrote; body is merged into it.
CREATE FUNCTION core.post(caller core.caller, kind text, book text, occurred_on date, lines core.line[],
	reverses bigint DEFAULT NULL, body jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	leaf CONSTANT text[] := string_to_array(core.post_entries(caller, kind, book, occurred_on, lines, reverses), E'\t', '');
BEGIN
	RETURN jsonb_build_array(('{' || array_to_string(leaf, ',') || '}')::jsonb || body);
END $$;
