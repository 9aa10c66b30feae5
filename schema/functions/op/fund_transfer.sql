-- Moves free money between two funds of one host: seed money from its general fund, its charge to a fund, or another transfer.
-- Receiver: debit 1002, credit 3199. Payer: debit 3199, credit 1002.
CREATE FUNCTION op.fund_transfer(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	payer       ledger.fund := core.fund_named(caller, input ->> 'from');
	receiver    ledger.fund := core.fund_named(caller, input ->> 'to');
	amount      CONSTANT bigint := (input ->> 'amount')::bigint;
	occurred_on CONSTANT date := coalesce((input ->> 'occurred_on')::date, caller.today);
	said        core.outcome;
	leaves      jsonb;
	transfer    ledger.fund_transfer;
BEGIN
	IF payer.node IS NULL THEN
		RETURN core.refuse('unknown_fund', 'from', jsonb_build_object('code', input ->> 'from'));
	ELSIF receiver.node IS NULL THEN
		RETURN core.refuse('unknown_fund', 'to', jsonb_build_object('code', input ->> 'to'));
	ELSIF payer.node = receiver.node THEN
		RETURN core.refuse('same_fund', 'to');
	ELSIF payer.host <> receiver.host THEN
		RETURN core.refuse('different_hosts', 'to');
	ELSIF input ->> 'kind' = 'seed' AND payer.kind <> 'general' THEN
		RETURN core.refuse('fund_not_general', 'from');
	ELSIF input ->> 'kind' = 'charge' AND receiver.kind <> 'general' THEN
		RETURN core.refuse('fund_not_general', 'to');
	ELSIF occurred_on > caller.today THEN
		RETURN core.refuse('dated_in_future', 'occurred_on', jsonb_build_object('today', caller.today));
	END IF;
	said := core.fund_limits(payer.node, amount);
	IF said.code IS NOT NULL THEN
		RETURN said;
	END IF;
	leaves := core.post(caller, 'fund_transfer', 'money', occurred_on, ARRAY[
		core.money_line('1002', receiver.node, amount), core.money_line('3199', receiver.node, -amount),
		core.money_line('3199', payer.node, amount), core.money_line('1002', payer.node, -amount)]);
	INSERT INTO ledger.fund_transfer (entry, kind, from_fund, to_fund, amount, note, person, request)
		VALUES ((leaves -> 0 ->> 'entry')::bigint, input ->> 'kind', payer.node, receiver.node, amount, input ->> 'note',
			caller.person, caller.request) RETURNING * INTO transfer;
	RETURN core.done(jsonb_build_object('entry', transfer.entry, 'from', input ->> 'from', 'to', input ->> 'to', 'amount', amount::text),
		core.with_images(leaves, core.image('fund_transfer', to_jsonb(transfer))));
END $$;
