-- The release of restricted money by spending on its purpose, as much as there is of it, of earlier years first:
-- debit 3102 R, credit 3101; then debit 4101 R and 4401 R, credit the same account unrestricted.
CREATE FUNCTION core.release_lines(fund int, purpose int, amount bigint) RETURNS core.line[]
LANGUAGE plpgsql AS $$
DECLARE
	lines core.line[];
	rest  bigint := least(amount, (core.fund_money(fund, purpose)).of_purpose);
	part  bigint;
	pair  text[];
BEGIN
	FOREACH pair SLICE 1 IN ARRAY '{{3102,3101},{4101,4101},{4401,4401}}'::text[] LOOP
		part := least(rest, -core.balance(pair[1], fund, true, purpose));
		CONTINUE WHEN part <= 0 OR purpose = 0;
		lines := lines || core.money_line(pair[1], fund, part, true, purpose) || core.money_line(pair[2], fund, -part);
		rest := rest - part;
	END LOOP;
	RETURN lines;
END $$;
