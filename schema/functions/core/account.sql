-- The account of that name; opened when it is not there yet. Opening writes: decide first.
CREATE FUNCTION core.account(number text, owner bigint, restricted boolean DEFAULT false, purpose int DEFAULT 0) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	found_id bigint;
BEGIN
	SELECT a.id INTO found_id FROM ledger.account a
		WHERE a.owner = account.owner AND a.number = account.number AND a.purpose = account.purpose AND a.restricted = account.restricted;
	IF found_id IS NULL THEN
		INSERT INTO ledger.account (id, number, owner, restricted, purpose)
			VALUES (core.next_id('ledger.account'), account.number, account.owner, account.restricted, account.purpose)
			RETURNING id INTO found_id;
	END IF;
	RETURN found_id;
END $$;
