-- The fund of that code in the caller's scope; all NULL when there is none: a foreign fund is as good as missing.
CREATE FUNCTION core.fund_named(caller core.caller, code text) RETURNS ledger.fund
LANGUAGE plpgsql STABLE AS $$
DECLARE
	fund ledger.fund;
BEGIN
	SELECT f.* INTO fund FROM ledger.fund f JOIN ledger.node n ON n.id = f.node
		WHERE n.code = fund_named.code AND core.in_scope(caller, n.path);
	RETURN fund;
END $$;
