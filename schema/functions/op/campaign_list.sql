-- The campaigns of funds in the caller's scope, of one fund if asked, the oldest first, with what each raised.
CREATE FUNCTION op.campaign_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	one  ledger.fund := core.fund_named(caller, input ->> 'fund');
BEGIN
	IF input ? 'fund' AND one.node IS NULL THEN
		RETURN core.refuse('unknown_fund', 'fund', jsonb_build_object('code', input ->> 'fund'));
	END IF;
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_build_object('campaign', code, 'fund', fund_code, 'filing_no', filing_no, 'name', name,
			'starts_on', starts_on, 'ends_on', ends_on, 'gifts', gifts, 'raised', raised::text) ORDER BY id), array_agg(id ORDER BY id), most)
		FROM (SELECT c.*, n.code AS fund_code, r.gifts, r.raised
			FROM ledger.campaign c JOIN ledger.node n ON n.id = c.fund,
			LATERAL (SELECT count(*) AS gifts, coalesce(sum(i.amount), 0) AS raised FROM ledger.income i
				WHERE i.campaign = c.id AND NOT EXISTS (SELECT FROM ledger.entry e WHERE e.reverses = i.entry)) AS r
			WHERE core.in_scope(caller, n.path) AND (NOT input ? 'fund' OR c.fund = one.node)
			AND c.id > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY c.id LIMIT most + 1) AS listed));
END $$;
