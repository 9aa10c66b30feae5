-- The teams of the caller's part of the tree, below one node or of one colour if asked, the oldest first.
CREATE FUNCTION op.team_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	top  ledger.node := core.node_named(caller, input ->> 'node');
BEGIN
	IF input ? 'node' AND top.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'node', jsonb_build_object('code', input ->> 'node'));
	END IF;
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_build_object('node', id, 'code', code, 'name', name, 'colour', colour,
			'parent', parent, 'activities', activities) ORDER BY id), array_agg(id ORDER BY id), most)
		FROM (SELECT n.id, n.code, n.name, t.colour, p.code AS parent,
				(SELECT count(*) FROM ledger.activity a WHERE a.team = n.id) AS activities
			FROM ledger.team t JOIN ledger.node n ON n.id = t.node JOIN ledger.node p ON p.id = n.parent
			WHERE core.in_scope(caller, n.path)
			AND (top.id IS NULL OR n.path <@ top.path)
			AND (input ->> 'colour' IS NULL OR t.colour = input ->> 'colour')
			AND n.id > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY n.id LIMIT most + 1) AS listed));
END $$;
