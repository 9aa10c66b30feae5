-- The phone number behind a commitment as a reader sees it; NULL when it was erased or there never was one.
CREATE FUNCTION core.shown_phone(commitment bytea, masked boolean) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT CASE WHEN masked THEN core.mask_phone(p.value) ELSE p.value END
		FROM ledger.personal p WHERE p.commitment = shown_phone.commitment);
END $$;
