-- Opens a fund under a host charity. A host's general fund, or a fund that is taken over, brings its balance with it:
-- debit 1002, credit 3101. Money that comes to a fund later is income or a transfer.
-- An administrator opens funds and never posts money; a treasurer takes over those that bring money.
CREATE FUNCTION op.fund_open(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	parent  ledger.node := core.node_named(caller, input ->> 'parent', VARIADIC core.org_kinds() || '{host}');
	charity ledger.node := core.node_named(caller, input ->> 'host', 'host');
	opening CONSTANT bigint := (input ->> 'opening')::bigint;
	node    ledger.node;
	fund    ledger.fund;
	booked  ledger.fund_opening;
	leaves  jsonb;
BEGIN
	fund.opened_on := coalesce((input ->> 'opened_on')::date, caller.today);
	IF parent.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'parent', jsonb_build_object('code', input ->> 'parent'));
	ELSIF charity.id IS NULL THEN
		RETURN core.refuse('unknown_host', 'host', jsonb_build_object('code', input ->> 'host'));
	ELSIF NOT parent.path <@ core.role_nodes(caller.operator, CASE WHEN opening IS NULL THEN 'administrator' ELSE 'treasurer' END) THEN
		RETURN core.refuse('not_allowed', 'opening');
	ELSIF EXISTS (SELECT FROM ledger.node n WHERE n.code = input ->> 'code') THEN
		RETURN core.refuse('already_exists', 'code', jsonb_build_object('code', input ->> 'code'));
	ELSIF input ->> 'kind' = 'general' AND EXISTS (SELECT FROM ledger.fund f WHERE f.host = charity.id AND f.kind = 'general') THEN
		RETURN core.refuse('already_exists', 'kind', jsonb_build_object('code', charity.code));
	ELSIF fund.opened_on > caller.today THEN
		RETURN core.refuse('dated_in_future', 'opened_on', jsonb_build_object('today', caller.today));
	END IF;
	node := core.node_add(caller, parent, 'fund', input ->> 'code', input ->> 'name');
	fund.node := node.id;
	fund.host := charity.id;
	fund.kind := input ->> 'kind';
	fund.min_balance := coalesce((input ->> 'min_balance')::bigint, 0);
	fund.request := caller.request;
	INSERT INTO ledger.fund SELECT fund.*;
	IF opening IS NULL THEN
		leaves := core.leaf(core.images(core.image('node', to_jsonb(node)), core.image('fund', to_jsonb(fund))));
	ELSE
		leaves := core.post(caller, 'fund_opening', 'money', fund.opened_on,
			ARRAY[core.money_line('1002', fund.node, opening), core.money_line('3101', fund.node, -opening)]);
		INSERT INTO ledger.fund_opening (entry, fund, amount, request)
			VALUES ((leaves -> 0 ->> 'entry')::bigint, fund.node, opening, caller.request) RETURNING * INTO booked;
		leaves := core.with_images(leaves, core.image('node', to_jsonb(node)), core.image('fund', to_jsonb(fund)),
			core.image('fund_opening', to_jsonb(booked)));
	END IF;
	RETURN core.done(jsonb_strip_nulls(jsonb_build_object('node', node.id, 'fund', node.code, 'entry', booked.entry)), leaves);
END $$;
