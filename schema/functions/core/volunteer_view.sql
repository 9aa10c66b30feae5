-- How much of a volunteer a key may see: 'full' the worker of the volunteer's own community, 'masked' the auditor of it,
-- 'served' the leader of a team that the volunteer has a record with; NULL nothing, not even that there is one.
CREATE FUNCTION core.volunteer_view(caller core.caller, volunteer bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	roles text[];   -- that the key holds over the volunteer's community
BEGIN
	SELECT array_agg(g.role) INTO roles
		FROM ledger.volunteer v JOIN ledger.node home ON home.id = v.community
		JOIN ledger.role_grant g ON g.operator = caller.operator JOIN ledger.node n ON n.id = g.node AND home.path <@ n.path
		WHERE v.number = volunteer AND NOT EXISTS (SELECT FROM ledger.role_revocation r WHERE r.role_grant = g.id);
	IF 'worker' = ANY (roles) THEN
		RETURN 'full';
	ELSIF 'auditor' = ANY (roles) THEN
		RETURN 'masked';
	ELSIF EXISTS (SELECT FROM ledger.service_record r JOIN ledger.activity a ON a.id = r.activity JOIN ledger.node t ON t.id = a.team
		WHERE r.volunteer = volunteer_view.volunteer AND t.path <@ core.role_nodes(caller.operator, 'leader')) THEN
		RETURN 'served';
	END IF;
	RETURN NULL;
END $$;
