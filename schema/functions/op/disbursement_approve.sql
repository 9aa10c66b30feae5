-- Approves a disbursement; two people do, neither of them who asked. The first approval moves nothing. The second one posts:
-- debit 5101 (of the purpose), credit 2209; and in the same entry the release of what was restricted to the purpose (core.release_lines).
CREATE FUNCTION op.disbursement_approve(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	asked       ledger.disbursement;
	approval    ledger.disbursement_approval;
	occurred_on CONSTANT date := coalesce((input ->> 'occurred_on')::date, caller.today);
	said        core.outcome;
	leaves      jsonb;
BEGIN
	SELECT d.* INTO asked FROM ledger.disbursement d WHERE d.id = (input ->> 'disbursement')::bigint AND core.fund_visible(caller, d.fund);
	IF asked.id IS NULL THEN
		RETURN core.refuse('unknown_disbursement', 'disbursement', jsonb_build_object('number', input -> 'disbursement'));
	END IF;
	approval.disbursement := asked.id;
	approval.ordinal := 1 + (SELECT count(*) FROM ledger.disbursement_approval a WHERE a.disbursement = asked.id);
	IF approval.ordinal > 2 THEN
		RETURN core.refuse('already_approved', 'disbursement');
	ELSIF caller.person = asked.person OR EXISTS (SELECT FROM ledger.disbursement_approval a
			WHERE a.disbursement = asked.id AND a.person = caller.person) THEN
		RETURN core.refuse('same_person', 'disbursement');
	ELSIF occurred_on > caller.today THEN
		RETURN core.refuse('dated_in_future', 'occurred_on', jsonb_build_object('today', caller.today));
	END IF;
	IF approval.ordinal = 2 THEN
		said := core.fund_limits(asked.fund, asked.amount, asked.purpose, field => 'disbursement');
		IF said.code IS NOT NULL THEN
			RETURN said;
		END IF;
		leaves := core.post(caller, 'disbursement_approval', 'money', occurred_on, ARRAY[
			core.money_line('5101', asked.fund, asked.amount, false, asked.purpose), core.money_line('2209', asked.fund, -asked.amount)]
			|| core.release_lines(asked.fund, asked.purpose, asked.amount));
		approval.entry := (leaves -> 0 ->> 'entry')::bigint;
	END IF;
	approval.person := caller.person;
	approval.request := caller.request;
	INSERT INTO ledger.disbursement_approval SELECT approval.*;
	RETURN core.done(jsonb_strip_nulls(jsonb_build_object('disbursement', asked.id, 'approvals', approval.ordinal, 'entry', approval.entry,
			'state', CASE approval.ordinal WHEN 1 THEN 'approved_once' ELSE 'approved' END)),
		core.with_images(coalesce(leaves, '[{}]'), core.image('disbursement_approval', to_jsonb(approval))));
END $$;
