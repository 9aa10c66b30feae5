-- Adds a charity shop to a part of the organisation: which fund pays it, what it may have unsettled, what it may owe after refunds.
CREATE FUNCTION op.shop_add(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	parent ledger.node := core.node_named(caller, input ->> 'parent', VARIADIC core.org_kinds());
	payer  ledger.node := core.node_named(caller, input ->> 'fund', 'fund');
	place  ledger.node;
	added  ledger.shop;
BEGIN
	IF parent.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'parent', jsonb_build_object('code', input ->> 'parent'));
	ELSIF payer.id IS NULL THEN
		RETURN core.refuse('unknown_fund', 'fund', jsonb_build_object('code', input ->> 'fund'));
	ELSIF EXISTS (SELECT FROM ledger.node n WHERE n.code = input ->> 'code') THEN
		RETURN core.refuse('already_exists', 'code', jsonb_build_object('code', input ->> 'code'));
	END IF;
	place := core.node_add(caller, parent, 'shop', input ->> 'code', input ->> 'name');
	added := ROW(place.id, payer.id, (input ->> 'unsettled_limit')::bigint, coalesce((input ->> 'return_limit')::bigint, 0), caller.request);
	INSERT INTO ledger.shop SELECT added.*;
	RETURN core.done(jsonb_build_object('node', place.id, 'code', place.code),
		core.leaf(core.images(core.image('node', to_jsonb(place)), core.image('shop', to_jsonb(added)))));
END $$;
