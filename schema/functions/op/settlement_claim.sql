-- A shop claims what it redeemed, less what it took back, since its last claim, at each day's rate. Moves nothing.
CREATE FUNCTION op.settlement_claim(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	place   ledger.node := core.node_named(caller, input ->> 'shop', 'shop');
	claimed ledger.settlement;
BEGIN
	IF place.id IS NULL THEN
		RETURN core.refuse('unknown_shop', 'shop', jsonb_build_object('code', input ->> 'shop'));
	END IF;
	claimed.from_entry := coalesce((SELECT max(s.upto_entry) FROM ledger.settlement s WHERE s.shop = place.id), 0);
	SELECT max(m.entry), sum(m.points), sum(m.fen) INTO claimed.upto_entry, claimed.points, claimed.fen FROM (
		SELECT r.entry, r.points, r.fen FROM ledger.redemption r WHERE r.shop = place.id AND r.entry > claimed.from_entry
		UNION ALL
		SELECT r.entry, -r.points, -r.fen FROM ledger.redemption_refund r WHERE r.shop = place.id AND r.entry > claimed.from_entry) AS m;
	IF claimed.points IS NULL OR claimed.points <= 0 OR claimed.fen <= 0 THEN
		RETURN core.refuse('nothing_to_settle', 'shop', jsonb_build_object('points', coalesce(claimed.points, 0)::text));
	END IF;
	claimed.id := core.next_id('ledger.settlement');
	claimed.shop := place.id;
	claimed.fund := (SELECT s.fund FROM ledger.shop s WHERE s.node = place.id);
	claimed.person := caller.person;
	claimed.request := caller.request;
	INSERT INTO ledger.settlement SELECT claimed.*;
	RETURN core.done(jsonb_build_object('settlement', claimed.id, 'shop', place.code, 'fund', core.node_code(claimed.fund),
		'points', claimed.points::text, 'amount', claimed.fen::text, 'state', 'claimed'), core.leaf(core.image('settlement', to_jsonb(claimed))));
END $$;
