-- Approves a shop's claim; two people do, neither of them who claimed. The first approval moves nothing. The second one posts in the
-- shop's fund, from its free money: debit 5101, credit 2202.
CREATE FUNCTION op.settlement_approve(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	claimed     ledger.settlement;
	approval    ledger.settlement_approval;
	occurred_on CONSTANT date := coalesce((input ->> 'occurred_on')::date, caller.today);
	said        core.outcome;
	leaves      jsonb;
BEGIN
	SELECT s.* INTO claimed FROM ledger.settlement s WHERE s.id = (input ->> 'settlement')::bigint AND core.fund_visible(caller, s.fund);
	IF claimed.id IS NULL THEN
		RETURN core.refuse('unknown_settlement', 'settlement', jsonb_build_object('number', input -> 'settlement'));
	END IF;
	approval.settlement := claimed.id;
	approval.ordinal := 1 + (SELECT count(*) FROM ledger.settlement_approval a WHERE a.settlement = claimed.id);
	IF approval.ordinal > 2 THEN
		RETURN core.refuse('already_approved', 'settlement');
	ELSIF caller.person = claimed.person OR EXISTS (SELECT FROM ledger.settlement_approval a
			WHERE a.settlement = claimed.id AND a.person = caller.person) THEN
		RETURN core.refuse('same_person', 'settlement');
	ELSIF occurred_on > caller.today THEN
		RETURN core.refuse('dated_in_future', 'occurred_on', jsonb_build_object('today', caller.today));
	END IF;
	IF approval.ordinal = 2 THEN
		said := core.fund_limits(claimed.fund, claimed.fen, field => 'settlement');
		IF said.code IS NOT NULL THEN
			RETURN said;
		END IF;
		leaves := core.post(caller, 'settlement_approval', 'money', occurred_on, ARRAY[
			core.money_line('5101', claimed.fund, claimed.fen), core.money_line('2202', claimed.fund, -claimed.fen)]);
		approval.entry := (leaves -> 0 ->> 'entry')::bigint;
	END IF;
	approval.person := caller.person;
	approval.request := caller.request;
	INSERT INTO ledger.settlement_approval SELECT approval.*;
	RETURN core.done(jsonb_strip_nulls(jsonb_build_object('settlement', claimed.id, 'approvals', approval.ordinal, 'entry', approval.entry,
			'state', CASE approval.ordinal WHEN 1 THEN 'approved_once' ELSE 'approved' END)),
		core.with_images(coalesce(leaves, '[{}]'), core.image('settlement_approval', to_jsonb(approval))));
END $$;
