-- Posts one entry and returns its leaf, as an array of one, for commands that add images of what else they wrote; body is merged into it.
CREATE FUNCTION core.post(caller core.caller, kind text, book text, occurred_on date, lines core.line[],
	reverses bigint DEFAULT NULL, body jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	leaf core.piece := (core.post_entries(caller, kind, book, occurred_on, lines, reverses))[1];
BEGIN
	RETURN jsonb_build_array(('{' || concat_ws(',', leaf.head, leaf.middle, nullif(leaf.tail, '')) || '}')::jsonb || body);
END $$;
