-- What a key that redeems may, and what it has redeemed today.
CREATE FUNCTION core.till(operator int, today date) RETURNS core.till
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
BEGIN
	RETURN ROW(EXISTS (SELECT FROM ledger.operator_revocation r WHERE r.operator = operator), core.grants(operator, 'redemption_make'),
		coalesce((SELECT u.points FROM ledger.daily_use u WHERE u.id = operator AND u.day = today AND u.kind = 't'), 0))::core.till;
END $$;
