-- The organisation below a node, or all that the caller sees of it, parents before children, names indented by depth,
-- with what lies under each: volunteers, teams, shops, funds.
CREATE FUNCTION op.org_tree(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most  CONSTANT int := coalesce((input ->> 'limit')::int, 500);
	depth CONSTANT int := (input ->> 'depth')::int;
	top   ledger.node := core.node_named(caller, input ->> 'node');
	after ledger.node;
BEGIN
	IF input ? 'node' AND top.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'node', jsonb_build_object('code', input ->> 'node'));
	END IF;
	SELECT n.* INTO after FROM ledger.node n WHERE n.id = core.cursor_decode(input ->> 'cursor') AND core.in_scope(caller, n.path);
	IF input ? 'cursor' AND after.id IS NULL THEN
		RETURN core.refuse('bad_cursor', 'cursor');
	END IF;
	RETURN core.done((
		WITH seen AS (
			SELECT n.id, n.kind, n.code, n.name, n.path, string_to_array(ltree2text(n.path), '.')::int[] AS trail
			FROM ledger.node n WHERE core.in_scope(caller, n.path) AND (top.id IS NULL OR n.path <@ top.path)
		), registered AS (
			SELECT v.community, count(*) AS volunteers FROM ledger.volunteer v GROUP BY v.community
		), under AS (
			SELECT a.node, sum(r.volunteers) AS volunteers, count(*) FILTER (WHERE s.kind = 'team') AS teams,
				count(*) FILTER (WHERE s.kind = 'shop') AS shops, count(*) FILTER (WHERE s.kind = 'fund') AS funds
			FROM seen s LEFT JOIN registered r ON r.community = s.id CROSS JOIN unnest(s.trail) AS a (node)
			GROUP BY a.node
		), listed AS (
			SELECT s.*, u.volunteers, u.teams, u.shops, u.funds, cardinality(s.trail) - min(cardinality(s.trail)) OVER () AS level
			FROM seen s JOIN under u ON u.node = s.id WHERE s.kind NOT IN ('team', 'shop', 'fund')
		), page AS (
			SELECT * FROM listed l
			WHERE (depth IS NULL OR l.level <= depth)
			AND (after.id IS NULL OR l.trail > string_to_array(ltree2text(after.path), '.')::int[])
			ORDER BY l.trail LIMIT most + 1
		)
		SELECT core.page(jsonb_agg(jsonb_build_object('code', code, 'name', repeat('  ', level) || name, 'kind', kind, 'depth', level,
			'volunteers', coalesce(volunteers, 0), 'teams', teams, 'shops', shops, 'funds', funds) ORDER BY trail),
			array_agg(id ORDER BY trail), most)
		FROM page));
END $$;
