-- Adds a part of the organisation below a higher one, or a host charity below a city, county or street.
CREATE FUNCTION op.org_add(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	levels CONSTANT text[] := core.org_kinds();
	kind   CONSTANT text := input ->> 'kind';
	parent ledger.node := core.node_named(caller, input ->> 'parent');
	added  ledger.node;
BEGIN
	IF parent.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'parent', jsonb_build_object('code', input ->> 'parent'));
	ELSIF NOT coalesce(array_position(levels, parent.kind) < coalesce(array_position(levels, kind), 4), false) THEN
		RETURN core.refuse('wrong_parent', 'parent', jsonb_build_object('code', parent.code, 'parent_kind', parent.kind, 'kind', kind));
	ELSIF EXISTS (SELECT FROM ledger.node n WHERE n.code = input ->> 'code') THEN
		RETURN core.refuse('already_exists', 'code', jsonb_build_object('code', input ->> 'code'));
	END IF;
	added := core.node_add(caller, parent, kind, input ->> 'code', input ->> 'name');
	RETURN core.done(jsonb_build_object('node', added.id, 'code', added.code), core.leaf(core.image('node', to_jsonb(added))));
END $$;
