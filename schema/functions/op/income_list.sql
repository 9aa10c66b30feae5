-- Income of funds in the caller's scope, by entry. Donors by name for those who handle the fund's money, masked for others; whoever
-- asked to stay unnamed is 爱心人士 to all.
CREATE FUNCTION op.income_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	one  ledger.fund := core.fund_named(caller, input ->> 'fund');
BEGIN
	IF input ? 'fund' AND one.node IS NULL THEN
		RETURN core.refuse('unknown_fund', 'fund', jsonb_build_object('code', input ->> 'fund'));
	END IF;
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('entry', entry, 'occurred_on', occurred_on,
			'fund', fund_code, 'channel', channel, 'campaign', campaign_code, 'purpose', core.purpose_label(purpose),
			'donor', CASE WHEN anonymous THEN '爱心人士' ELSE core.shown_name(donor, core.names_hidden(caller, path)) END,
			'donor_kind', donor_kind, 'amount', amount::text, 'bank_reference', bank_reference, 'note', note, 'reversed_by', reversed_by))
			ORDER BY entry), array_agg(entry ORDER BY entry), most)
		FROM (SELECT i.*, e.occurred_on, n.code AS fund_code, n.path, c.code AS campaign_code, r.number AS reversed_by
			FROM ledger.income i JOIN ledger.entry e ON e.number = i.entry JOIN ledger.node n ON n.id = i.fund
			LEFT JOIN ledger.campaign c ON c.id = i.campaign LEFT JOIN LATERAL (SELECT x.number FROM ledger.entry x WHERE x.reverses = i.entry LIMIT 1) AS r ON true
			WHERE core.in_scope(caller, n.path) AND (NOT input ? 'fund' OR i.fund = one.node)
			AND (NOT input ? 'channel' OR i.channel = input ->> 'channel')
			AND (NOT input ? 'purpose' OR i.purpose = core.purpose_named(input ->> 'purpose'))
			AND e.occurred_on BETWEEN coalesce((input ->> 'from')::date, '-infinity') AND coalesce((input ->> 'to')::date, 'infinity')
			AND i.entry > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY i.entry LIMIT most + 1) AS listed));
END $$;
