-- The nodes of the caller's part of the tree, of one kind or below one node if asked, the oldest first.
CREATE FUNCTION op.org_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	top  ledger.node := core.node_named(caller, input ->> 'node');
BEGIN
	IF input ? 'node' AND top.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'node', jsonb_build_object('code', input ->> 'node'));
	END IF;
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_build_object('node', id, 'code', code, 'name', name, 'kind', kind)
			|| coalesce(jsonb_build_object('parent', parent), '{}') ORDER BY id), array_agg(id ORDER BY id), most)
		FROM (SELECT n.id, n.code, n.name, n.kind, p.code AS parent
			FROM ledger.node n LEFT JOIN ledger.node p ON p.id = n.parent
			WHERE core.in_scope(caller, n.path)
			AND (top.id IS NULL OR n.path <@ top.path)
			AND (input ->> 'kind' IS NULL OR n.kind = input ->> 'kind')
			AND n.id > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY n.id LIMIT most + 1) AS listed));
END $$;
