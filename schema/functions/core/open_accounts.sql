-- Opens the accounts of that number that these owners do not have yet.
CREATE FUNCTION core.open_accounts(number text, owners bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ledger.account (id, number, owner)
	SELECT (SELECT coalesce(max(a.id), 0) FROM ledger.account a) + row_number() OVER (ORDER BY missing.owner), open_accounts.number, missing.owner
	FROM (SELECT DISTINCT o.owner FROM unnest(owners) AS o (owner)
		WHERE NOT EXISTS (SELECT FROM ledger.account a
			WHERE a.owner = o.owner AND a.number = open_accounts.number AND a.purpose = 0 AND NOT a.restricted)) AS missing;
END $$;
