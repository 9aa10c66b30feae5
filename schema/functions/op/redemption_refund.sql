-- Gives points of a redemption back, in part or all that is left of it: debit P2400 of the shop, credit P2100 of the volunteer.
-- They go back into the lots they came from, the last spent first. The shop may owe up to its return limit.
CREATE FUNCTION op.redemption_refund(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	wanted   CONSTANT bigint := (input ->> 'points')::bigint;
	paid     record;
	returned bigint;
	purse    record;   -- the volunteer's account, and the lots that the redemption took from it
	back     record;
	made     ledger.redemption_refund;
BEGIN
	SELECT m.*, n.code, s.return_limit, core.balance('P2400', m.shop) AS owed INTO paid
		FROM ledger.redemption m JOIN ledger.node n ON n.id = m.shop JOIN ledger.shop s ON s.node = m.shop
		WHERE m.entry = (input ->> 'redemption')::bigint AND core.in_scope(caller, n.path);
	IF paid.entry IS NULL THEN
		RETURN core.refuse('unknown_redemption', 'redemption', jsonb_build_object('redemption', input -> 'redemption'));
	END IF;
	returned := coalesce((SELECT sum(f.points) FROM ledger.redemption_refund f WHERE f.redemption = paid.entry), 0);
	IF returned = paid.points THEN
		RETURN core.refuse('already_refunded', 'redemption', jsonb_build_object('redemption', paid.entry));
	ELSIF returned + wanted > paid.points THEN
		RETURN core.refuse('more_than_redeemed', 'points', jsonb_build_object('left', (paid.points - returned)::text));
	ELSIF paid.owed + wanted > paid.return_limit THEN
		RETURN core.refuse('return_limit', 'points', jsonb_build_object('limit', paid.return_limit::text));
	END IF;
	SELECT a.id, p.lots, p.lot_amounts INTO purse
		FROM ledger.posting p JOIN ledger.account a ON a.id = p.account WHERE p.entry = paid.entry AND a.number = 'P2100';
	SELECT array_agg(l.lot ORDER BY l.upto) AS lots,
			array_agg(least(l.upto, returned + wanted) - greatest(l.upto - l.amount, returned) ORDER BY l.upto) AS amounts
		INTO back
		FROM (SELECT t.lot, -t.amount AS amount, sum(-t.amount) OVER (ORDER BY t.place DESC)::bigint AS upto
			FROM unnest(purse.lots, purse.lot_amounts) WITH ORDINALITY AS t (lot, amount, place)) AS l
		WHERE l.upto > returned AND l.upto - l.amount < returned + wanted;
	made := ROW((SELECT max(e.number) + 1 FROM ledger.entry e), paid.entry, paid.shop, wanted, wanted * (paid.fen / paid.points), caller.request);
	INSERT INTO ledger.redemption_refund SELECT made.*;
	UPDATE ledger.lot l SET remaining = l.remaining + t.amount FROM unnest(back.lots, back.amounts) AS t (id, amount) WHERE l.id = t.id;
	RETURN core.done(jsonb_build_object('entry', made.entry, 'redemption', paid.entry, 'shop', paid.code, 'points', wanted::text,
			'left', (paid.points - returned - wanted)::text),
		core.post(caller, 'redemption_refund', 'points', caller.today, ARRAY[
			ROW(1, core.account('P2400', paid.shop), wanted, 0, NULL, NULL)::core.line,
			ROW(1, purse.id, -wanted, 0, back.lots, back.amounts)::core.line],
			NULL, core.image('redemption_refund', to_jsonb(made)) || jsonb_build_object('salt', core.salt())));
END $$;
