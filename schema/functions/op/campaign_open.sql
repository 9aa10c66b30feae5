-- Opens a public fundraising campaign for a fund: its filing number and the days on which gifts may come in.
CREATE FUNCTION op.campaign_open(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	fund     ledger.fund := core.fund_named(caller, input ->> 'fund');
	campaign ledger.campaign;
BEGIN
	IF fund.node IS NULL THEN
		RETURN core.refuse('unknown_fund', 'fund', jsonb_build_object('code', input ->> 'fund'));
	ELSIF EXISTS (SELECT FROM ledger.campaign c WHERE c.code = input ->> 'code') THEN
		RETURN core.refuse('already_exists', 'code', jsonb_build_object('code', input ->> 'code'));
	ELSIF (input ->> 'ends_on')::date < (input ->> 'starts_on')::date THEN
		RETURN core.refuse('ends_before_start', 'ends_on');
	END IF;
	INSERT INTO ledger.campaign (id, code, fund, filing_no, name, starts_on, ends_on, request)
		VALUES (core.next_id('ledger.campaign'), input ->> 'code', fund.node, input ->> 'filing_no', input ->> 'name',
			(input ->> 'starts_on')::date, (input ->> 'ends_on')::date, caller.request) RETURNING * INTO campaign;
	RETURN core.done(jsonb_build_object('campaign', campaign.code, 'fund', input ->> 'fund'),
		core.leaf(core.image('campaign', to_jsonb(campaign))));
END $$;
