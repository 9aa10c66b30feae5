-- Books money that came in: debit 1002; credit 4101 (public fundraising, sponsorship) or 4401 (grant), restricted to its purpose or not,
-- 4301 (service commission), 4901 (lottery share, other).
CREATE FUNCTION op.income_receive(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	said  core.outcome := core.income_refusal(caller, jsonb_build_array(input), false);
	entry CONSTANT bigint := coalesce((SELECT max(e.number) FROM ledger.entry e), 0) + 1;
BEGIN
	IF said.code IS NOT NULL THEN
		RETURN said;
	END IF;
	RETURN core.done_lines(jsonb_build_object('entry', entry, 'fund', input ->> 'fund', 'amount', input ->> 'amount'),
		core.income_post(caller, jsonb_build_array(input)), 1);
END $$;
