-- Books the payment of an approved disbursement, by somebody who neither asked for it nor approved it: debit 2209, credit 1002.
CREATE FUNCTION op.disbursement_pay(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	asked   ledger.disbursement;
	paid_on CONSTANT date := coalesce((input ->> 'paid_on')::date, caller.today);
	owed_on date;
	leaves  jsonb;
	payment ledger.disbursement_payment;
BEGIN
	SELECT d.* INTO asked FROM ledger.disbursement d WHERE d.id = (input ->> 'disbursement')::bigint AND core.fund_visible(caller, d.fund);
	SELECT e.occurred_on INTO owed_on FROM ledger.disbursement_approval a JOIN ledger.entry e ON e.number = a.entry
		WHERE a.disbursement = asked.id;
	IF asked.id IS NULL THEN
		RETURN core.refuse('unknown_disbursement', 'disbursement', jsonb_build_object('number', input -> 'disbursement'));
	ELSIF owed_on IS NULL THEN
		RETURN core.refuse('not_approved', 'disbursement');
	ELSIF EXISTS (SELECT FROM ledger.disbursement_payment p WHERE p.disbursement = asked.id) THEN
		RETURN core.refuse('already_paid', 'disbursement');
	ELSIF caller.person = asked.person OR EXISTS (SELECT FROM ledger.disbursement_approval a
			WHERE a.disbursement = asked.id AND a.person = caller.person) THEN
		RETURN core.refuse('same_person', 'disbursement');
	ELSIF paid_on > caller.today THEN
		RETURN core.refuse('dated_in_future', 'paid_on', jsonb_build_object('today', caller.today));
	ELSIF paid_on < owed_on THEN
		RETURN core.refuse('paid_before_approved', 'paid_on', jsonb_build_object('approved_on', owed_on));
	END IF;
	leaves := core.post(caller, 'disbursement_payment', 'money', paid_on, ARRAY[
		core.money_line('2209', asked.fund, asked.amount), core.money_line('1002', asked.fund, -asked.amount)]);
	INSERT INTO ledger.disbursement_payment (disbursement, entry, bank_reference, paid_on, person, request)
		VALUES (asked.id, (leaves -> 0 ->> 'entry')::bigint, input ->> 'bank_reference', paid_on, caller.person, caller.request)
		RETURNING * INTO payment;
	RETURN core.done(jsonb_build_object('disbursement', asked.id, 'entry', payment.entry, 'amount', asked.amount::text, 'state', 'paid'),
		core.with_images(leaves, core.image('disbursement_payment', to_jsonb(payment))));
END $$;
