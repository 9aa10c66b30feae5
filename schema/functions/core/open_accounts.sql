-- The accounts of that number of these owners, in their order; those that an owner does not have yet are opened. Opening writes: decide first.
-- Each is looked up by itself (LIMIT): a plan made while there were few accounts would read them all for each.
CREATE FUNCTION core.open_accounts(number text, owners bigint[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
	accounts bigint[];
BEGIN
	LOOP
		SELECT array_agg(a.id ORDER BY o.place) INTO accounts FROM unnest(owners) WITH ORDINALITY AS o (owner, place)
			LEFT JOIN LATERAL (SELECT x.id FROM ledger.account x
				WHERE x.owner = o.owner AND x.number = open_accounts.number AND x.purpose = 0 AND NOT x.restricted LIMIT 1) AS a ON true;
		EXIT WHEN array_position(accounts, NULL) IS NULL;
		INSERT INTO ledger.account (id, number, owner)
		SELECT (SELECT coalesce(max(a.id), 0) FROM ledger.account a) + row_number() OVER (ORDER BY missing.owner), open_accounts.number, missing.owner
		FROM (SELECT DISTINCT o.owner FROM unnest(owners, accounts) AS o (owner, account) WHERE o.account IS NULL) AS missing;
	END LOOP;
	RETURN accounts;
END $$;
