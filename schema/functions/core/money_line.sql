-- A line on an account of a fund, debit positive; opens the account when it is new: decide first.
CREATE FUNCTION core.money_line(number text, fund int, amount bigint, restricted boolean DEFAULT false, purpose int DEFAULT 0) RETURNS core.line
LANGUAGE plpgsql AS $$
BEGIN
	RETURN ROW(1, core.account(number, fund, restricted, purpose), amount, fund, NULL, NULL)::core.line;
END $$;
