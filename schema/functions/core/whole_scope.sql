-- Whether the caller's grants for this operation reach over the whole ledger.
CREATE FUNCTION core.whole_scope(caller core.caller) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN core.whole((caller).nodes);
END $$;
