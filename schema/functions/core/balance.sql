-- Balance of an account, debit positive; 0 when it was never opened.
CREATE FUNCTION core.balance(number text, owner bigint, restricted boolean DEFAULT false, purpose int DEFAULT 0) RETURNS bigint
LANGUAGE sql STABLE
RETURN coalesce((SELECT a.balance FROM ledger.account a
	WHERE a.owner = balance.owner AND a.number = balance.number AND a.purpose = balance.purpose AND a.restricted = balance.restricted), 0);
