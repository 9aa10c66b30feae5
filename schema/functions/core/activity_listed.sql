-- Whether a list of services that input asks for has this activity in it: the team or the community served in the caller's scope, and
-- those named if some are.
CREATE FUNCTION core.activity_listed(caller core.caller, input jsonb, activity bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM (SELECT x.team, x.community FROM ledger.activity x WHERE x.id = activity_listed.activity LIMIT 1) AS a
		CROSS JOIN LATERAL (SELECT x.path, x.code FROM ledger.node x WHERE x.id = a.team LIMIT 1) AS t
		CROSS JOIN LATERAL (SELECT x.path, x.code FROM ledger.node x WHERE x.id = a.community LIMIT 1) AS c
		WHERE (core.in_scope(caller, t.path) OR core.in_scope(caller, c.path))
		AND (input ->> 'team' IS NULL OR t.code = input ->> 'team') AND (input ->> 'community' IS NULL OR c.code = input ->> 'community'));
END $$;
