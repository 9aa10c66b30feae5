-- Asks the fund's committee for money, for a purpose or for anything, on a resolution. Moves nothing.
CREATE FUNCTION op.disbursement_request(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	fund   ledger.fund := core.fund_named(caller, input ->> 'fund');
	amount CONSTANT bigint := (input ->> 'amount')::bigint;
	said   core.outcome;
	opened jsonb;
	asked  ledger.disbursement;
BEGIN
	IF fund.node IS NULL THEN
		RETURN core.refuse('unknown_fund', 'fund', jsonb_build_object('code', input ->> 'fund'));
	END IF;
	said := core.fund_limits(fund.node, amount, core.purpose_named(input ->> 'purpose'));
	IF said.code IS NOT NULL THEN
		RETURN said;
	END IF;
	opened := core.purposes_open(caller, ARRAY[input ->> 'purpose']);
	INSERT INTO ledger.disbursement (id, fund, purpose, amount, payee, payee_kind, resolution, content, person, requested_on, request)
		VALUES (core.next_id('ledger.disbursement'), fund.node, core.purpose_named(input ->> 'purpose'), amount,
			core.from_base64url(input ->> 'payee'), coalesce(input ->> 'payee_kind', 'other'), input ->> 'resolution', input ->> 'content',
			caller.person, caller.today, caller.request) RETURNING * INTO asked;
	RETURN core.done(jsonb_build_object('disbursement', asked.id, 'fund', input ->> 'fund', 'amount', amount::text, 'state', 'requested'),
		core.leaf(core.images(core.image('disbursement', to_jsonb(asked)), opened)));
END $$;
