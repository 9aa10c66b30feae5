-- The shops of the caller's part of the tree, the oldest first, with what each has unsettled and its limits.
CREATE FUNCTION op.shop_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	top  ledger.node := core.node_named(caller, input ->> 'node');
BEGIN
	IF input ? 'node' AND top.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'node', jsonb_build_object('code', input ->> 'node'));
	END IF;
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_build_object('node', id, 'code', code, 'name', name, 'parent', parent, 'fund', fund,
			'unsettled', unsettled::text, 'unsettled_limit', unsettled_limit::text, 'return_limit', return_limit::text) ORDER BY id),
			array_agg(id ORDER BY id), most)
		FROM (SELECT n.id, n.code, n.name, p.code AS parent, f.code AS fund, s.unsettled_limit, s.return_limit,
				-core.balance('P2400', n.id) AS unsettled
			FROM ledger.shop s JOIN ledger.node n ON n.id = s.node JOIN ledger.node p ON p.id = n.parent JOIN ledger.node f ON f.id = s.fund
			WHERE core.in_scope(caller, n.path)
			AND (top.id IS NULL OR n.path <@ top.path)
			AND n.id > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY n.id LIMIT most + 1) AS listed));
END $$;
