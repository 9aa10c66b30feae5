-- Adds a volunteer team, of one of the five colours, to a part of the organisation.
CREATE FUNCTION op.team_add(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	parent ledger.node := core.node_named(caller, input ->> 'parent', VARIADIC core.org_kinds());
	place  ledger.node;
	added  ledger.team;
BEGIN
	IF parent.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'parent', jsonb_build_object('code', input ->> 'parent'));
	ELSIF EXISTS (SELECT FROM ledger.node n WHERE n.code = input ->> 'code') THEN
		RETURN core.refuse('already_exists', 'code', jsonb_build_object('code', input ->> 'code'));
	END IF;
	place := core.node_add(caller, parent, 'team', input ->> 'code', input ->> 'name');
	added := ROW(place.id, input ->> 'colour', caller.request);
	INSERT INTO ledger.team SELECT added.*;
	RETURN core.done(jsonb_build_object('node', place.id, 'code', place.code),
		core.leaf(core.images(core.image('node', to_jsonb(place)), core.image('team', to_jsonb(added)))));
END $$;
