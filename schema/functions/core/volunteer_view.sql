-- How much of a volunteer a key may see: 'full' the worker of the volunteer's own community, 'masked' the auditor of it,
-- 'served' the leader of a team that the volunteer has a record with; NULL nothing, not even that there is one.
CREATE FUNCTION core.volunteer_view(caller core.caller, volunteer bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	roles text[];   -- that the key holds over the volunteer's community
BEGIN
	SELECT array_agg(g.role) INTO roles
		FROM (SELECT x.community FROM ledger.volunteer x WHERE x.number = volunteer LIMIT 1) AS v
		CROSS JOIN LATERAL (SELECT x.path FROM ledger.node x WHERE x.id = v.community LIMIT 1) AS home
		CROSS JOIN LATERAL (SELECT x.id, x.role, x.node FROM ledger.role_grant x WHERE x.operator = caller.operator OFFSET 0) AS g
		CROSS JOIN LATERAL (SELECT x.path FROM ledger.node x WHERE x.id = g.node LIMIT 1) AS n
		WHERE home.path <@ n.path AND (SELECT r.role_grant FROM ledger.role_revocation r WHERE r.role_grant = g.id) IS NULL;
	IF 'worker' = ANY (roles) THEN
		RETURN 'full';
	ELSIF 'auditor' = ANY (roles) THEN
		RETURN 'masked';
	ELSIF EXISTS (SELECT FROM (SELECT x.activity FROM ledger.service_record x WHERE x.volunteer = volunteer_view.volunteer OFFSET 0) AS r
		CROSS JOIN LATERAL (SELECT x.team FROM ledger.activity x WHERE x.id = r.activity LIMIT 1) AS a
		CROSS JOIN LATERAL (SELECT x.path FROM ledger.node x WHERE x.id = a.team LIMIT 1) AS t
		WHERE t.path <@ core.role_nodes(caller.operator, 'leader')) THEN
		RETURN 'served';
	END IF;
	RETURN NULL;
END $$;
