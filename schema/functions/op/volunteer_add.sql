-- Registers a volunteer in a community, with the number of a register taken over or a new random one.
CREATE FUNCTION op.volunteer_add(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	place ledger.node := core.node_named(caller, input ->> 'community', 'community');
	given bigint := (input ->> 'number')::bigint;
	added ledger.volunteer;
BEGIN
	IF place.id IS NULL THEN
		RETURN core.refuse('unknown_community', 'community', jsonb_build_object('code', input ->> 'community'));
	ELSIF core.looks_like_phone(given) THEN
		RETURN core.refuse('looks_like_phone', 'number');
	ELSIF EXISTS (SELECT FROM ledger.volunteer v WHERE v.number = given) THEN
		RETURN core.refuse('already_exists', 'number', jsonb_build_object('number', given));
	END IF;
	added := ROW(coalesce(given, (core.fresh_numbers(1))[1]), place.id, core.from_base64url(input ->> 'name'),
		core.from_base64url(input ->> 'phone'), caller.request);
	INSERT INTO ledger.volunteer SELECT added.*;
	RETURN core.done(jsonb_build_object('volunteer', added.number, 'community', place.code),
		core.leaf(core.image('volunteer', to_jsonb(added))));
END $$;
