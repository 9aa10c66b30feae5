-- Claims of shops, or against funds, in the caller's scope and how far each has come, the oldest first.
CREATE FUNCTION op.settlement_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most CONSTANT int := coalesce((input ->> 'limit')::int, 50);
BEGIN
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('settlement', id, 'state', state, 'shop', shop_code,
			'fund', fund_code, 'points', points::text, 'amount', fen::text, 'from_entry', from_entry, 'upto_entry', upto_entry,
			'entry', approval_entry, 'payment_entry', payment_entry, 'points_entry', points_entry, 'paid_on', paid_on,
			'bank_reference', bank_reference)) ORDER BY id), array_agg(id ORDER BY id), most)
		FROM (SELECT s.*, shop.code AS shop_code, fund.code AS fund_code, a.entry AS approval_entry, p.entry AS payment_entry,
				p.points_entry, p.paid_on, p.bank_reference, t.state
			FROM ledger.settlement s JOIN ledger.node shop ON shop.id = s.shop JOIN ledger.node fund ON fund.id = s.fund
			LEFT JOIN ledger.settlement_payment p ON p.settlement = s.id,
			LATERAL (SELECT count(*) AS approvals, max(a.entry) AS entry FROM ledger.settlement_approval a WHERE a.settlement = s.id) AS a,
			LATERAL (SELECT CASE WHEN p.settlement IS NOT NULL THEN 'paid' WHEN a.approvals = 2 THEN 'approved'
				WHEN a.approvals = 1 THEN 'approved_once' ELSE 'claimed' END) AS t (state)
			WHERE (core.in_scope(caller, shop.path) OR core.in_scope(caller, fund.path))
			AND (NOT input ? 'shop' OR shop.code = input ->> 'shop') AND (NOT input ? 'fund' OR fund.code = input ->> 'fund')
			AND (NOT input ? 'state' OR t.state = input ->> 'state')
			AND s.id > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY s.id LIMIT most + 1) AS listed));
END $$;
