-- The limits of a fund, in one place: whether an amount may leave it. Money with a purpose may take what is restricted to that
-- purpose and what is free; without one, only what is free; restricted_only (a gift taken back), only what is restricted to it.
-- In the bank its minimum stays, payables counted as gone. Code NULL: it may.
CREATE FUNCTION core.fund_limits(fund int, amount bigint, purpose int DEFAULT 0, restricted_only boolean DEFAULT false, field text DEFAULT 'amount')
RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	has       record := core.fund_money(fund, purpose);
	available bigint := has.of_purpose + CASE WHEN restricted_only THEN 0 ELSE has.unrestricted END;
	lowest    bigint := (SELECT f.min_balance FROM ledger.fund f WHERE f.node = fund_limits.fund);
BEGIN
	IF amount > available THEN
		RETURN core.refuse('not_enough_money', field, jsonb_build_object('fund', core.node_code(fund), 'available', available::text));
	ELSIF has.bank - has.payable - amount < lowest THEN
		RETURN core.refuse(CASE WHEN lowest > 0 THEN 'below_minimum_balance' ELSE 'not_enough_money' END, field, jsonb_build_object(
			'fund', core.node_code(fund), 'available', greatest(0, has.bank - has.payable - lowest)::text, 'min_balance', lowest::text));
	END IF;
	RETURN NULL;
END $$;
