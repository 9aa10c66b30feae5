-- The funds of the caller's part of the tree, below one node if asked, the oldest first, with what each has.
CREATE FUNCTION op.fund_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	top  ledger.node := core.node_named(caller, input ->> 'node');
BEGIN
	IF input ? 'node' AND top.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'node', jsonb_build_object('code', input ->> 'node'));
	END IF;
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_build_object('fund', code, 'name', name, 'kind', kind, 'host', host, 'parent', parent,
			'opened_on', opened_on, 'min_balance', min_balance::text, 'bank', bank::text, 'payable', payable::text,
			'restricted', restricted::text, 'unrestricted', unrestricted::text) ORDER BY id), array_agg(id ORDER BY id), most)
		FROM (SELECT n.id, n.code, n.name, f.kind, core.node_code(f.host) AS host, core.node_code(n.parent) AS parent,
				f.opened_on, f.min_balance, m.*
			FROM ledger.fund f JOIN ledger.node n ON n.id = f.node, core.fund_money(f.node) m
			WHERE core.in_scope(caller, n.path)
			AND (top.id IS NULL OR n.path <@ top.path)
			AND n.id > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY n.id LIMIT most + 1) AS listed));
END $$;
