-- How much of a volunteer a key may see: 'full' the worker of the volunteer's own community, 'masked' the auditor of it,
-- 'served' the leader of a team that the volunteer has a record with; NULL nothing, not even that there is one.
CREATE FUNCTION core.volunteer_view(caller core.caller, volunteer bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	home ltree := (SELECT n.path FROM ledger.volunteer v JOIN ledger.node n ON n.id = v.community WHERE v.number = volunteer);
BEGIN
	RETURN CASE
		WHEN home <@ core.role_nodes(caller.operator, 'worker') THEN 'full'
		WHEN home <@ core.role_nodes(caller.operator, 'auditor') THEN 'masked'
		WHEN EXISTS (SELECT FROM ledger.service_record r JOIN ledger.activity a ON a.id = r.activity JOIN ledger.node t ON t.id = a.team
			WHERE r.volunteer = volunteer_view.volunteer AND t.path <@ core.role_nodes(caller.operator, 'leader')) THEN 'served'
	END;
END $$;
