-- The name behind a commitment as a reader sees it, masked or whole; 已注销 once it was erased, NULL when there never was one.
CREATE FUNCTION core.shown_name(commitment bytea, masked boolean) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	name text;
BEGIN
	SELECT p.value INTO name FROM ledger.personal p WHERE p.commitment = shown_name.commitment;
	RETURN CASE WHEN commitment IS NULL THEN NULL WHEN name IS NULL THEN '已注销'
		WHEN masked THEN core.mask_name(name) ELSE name END;
END $$;
