-- Books money that came in: debit 1002; credit 4101 (public fundraising, sponsorship) or 4401 (grant), restricted to its purpose or not,
-- 4301 (service commission), 4901 (lottery share, other).
CREATE FUNCTION op.income_receive(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	said   core.outcome := core.income_refusal(caller, jsonb_build_array(input), false);
	leaves jsonb;
BEGIN
	IF said.code IS NOT NULL THEN
		RETURN said;
	END IF;
	leaves := core.income_post(caller, jsonb_build_array(input));
	RETURN core.done(jsonb_build_object('entry', leaves -> 0 -> 'entry', 'fund', input ->> 'fund', 'amount', input ->> 'amount'), leaves);
END $$;
