-- Books the payment of an approved claim, by a person who neither claimed nor approved. Two entries, one a book:
-- money: debit 2202, credit 1002; points: debit P2400 of the shop, credit P3300.
CREATE FUNCTION op.settlement_pay(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	claimed ledger.settlement;
	shop    ledger.shop;
	paid_on CONSTANT date := coalesce((input ->> 'paid_on')::date, caller.today);
	owed_on date;
	money   jsonb;
	points  jsonb;
	payment ledger.settlement_payment;
BEGIN
	SELECT s.* INTO claimed FROM ledger.settlement s WHERE s.id = (input ->> 'settlement')::bigint AND core.fund_visible(caller, s.fund);
	SELECT s.* INTO shop FROM ledger.shop s WHERE s.node = claimed.shop;
	SELECT e.occurred_on INTO owed_on FROM ledger.settlement_approval a JOIN ledger.entry e ON e.number = a.entry
		WHERE a.settlement = claimed.id;
	IF claimed.id IS NULL THEN
		RETURN core.refuse('unknown_settlement', 'settlement', jsonb_build_object('number', input -> 'settlement'));
	ELSIF owed_on IS NULL THEN
		RETURN core.refuse('not_approved', 'settlement');
	ELSIF EXISTS (SELECT FROM ledger.settlement_payment p WHERE p.settlement = claimed.id) THEN
		RETURN core.refuse('already_paid', 'settlement');
	ELSIF caller.person = claimed.person OR EXISTS (SELECT FROM ledger.settlement_approval a
			WHERE a.settlement = claimed.id AND a.person = caller.person) THEN
		RETURN core.refuse('same_person', 'settlement');
	ELSIF paid_on > caller.today THEN
		RETURN core.refuse('dated_in_future', 'paid_on', jsonb_build_object('today', caller.today));
	ELSIF paid_on < owed_on THEN
		RETURN core.refuse('paid_before_approved', 'paid_on', jsonb_build_object('approved_on', owed_on));
	ELSIF -core.balance('P2400', shop.node) - claimed.points < -shop.return_limit THEN
		RETURN core.refuse('shop_limit', 'settlement', jsonb_build_object('unsettled', (-core.balance('P2400', shop.node))::text,
			'return_limit', shop.return_limit::text));
	END IF;
	money := core.post(caller, 'settlement_payment', 'money', paid_on, ARRAY[
		core.money_line('2202', claimed.fund, claimed.fen), core.money_line('1002', claimed.fund, -claimed.fen)]);
	caller.recorded_at := caller.recorded_at + interval '1 microsecond';
	points := core.post(caller, 'settlement_payment', 'points', paid_on, ARRAY[
		ROW(1, core.account('P2400', shop.node), claimed.points, 0, NULL, NULL)::core.line,
		ROW(1, core.account('P3300', 0), -claimed.points, 0, NULL, NULL)::core.line]);
	INSERT INTO ledger.settlement_payment (settlement, entry, points_entry, bank_reference, paid_on, person, request)
		VALUES (claimed.id, (money -> 0 ->> 'entry')::bigint, (points -> 0 ->> 'entry')::bigint, input ->> 'bank_reference', paid_on,
			caller.person, caller.request) RETURNING * INTO payment;
	RETURN core.done(jsonb_build_object('settlement', claimed.id, 'entry', payment.entry, 'points_entry', payment.points_entry,
			'points', claimed.points::text, 'amount', claimed.fen::text, 'state', 'paid'),
		core.with_images(money, core.image('settlement_payment', to_jsonb(payment))) || points);
END $$;
