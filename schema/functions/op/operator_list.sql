-- Keys and their roles in the caller's part of the tree: one row a grant, the oldest first.
CREATE FUNCTION op.operator_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most CONSTANT int := coalesce((input ->> 'limit')::int, 50);
BEGIN
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_build_object('operator', operator, 'person', person, 'name', name,
			'role', role, 'node', code, 'state', state, 'kid', kid) ORDER BY id), array_agg(id ORDER BY id), most)
		FROM (SELECT g.id, o.id AS operator, o.person, coalesce(core.shown_name(p.name, false), '') AS name, g.role, n.code, o.kid,
				CASE WHEN ended.operator IS NOT NULL THEN 'key_revoked' WHEN taken.role_grant IS NOT NULL THEN 'role_revoked'
					ELSE 'active' END AS state
			FROM ledger.role_grant g
			JOIN ledger.node n ON n.id = g.node AND core.in_scope(caller, n.path)
			JOIN ledger.operator o ON o.id = g.operator
			JOIN ledger.person p ON p.id = o.person
			LEFT JOIN ledger.operator_revocation ended ON ended.operator = o.id
			LEFT JOIN ledger.role_revocation taken ON taken.role_grant = g.id
			WHERE g.id > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY g.id LIMIT most + 1) AS listed));
END $$;
