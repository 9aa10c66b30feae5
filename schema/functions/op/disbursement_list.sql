-- Disbursements of funds in the caller's scope and how far each has come, the oldest first. Payees by name for those who handle the
-- fund's money, masked for others.
CREATE FUNCTION op.disbursement_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	one  ledger.fund := core.fund_named(caller, input ->> 'fund');
BEGIN
	IF input ? 'fund' AND one.node IS NULL THEN
		RETURN core.refuse('unknown_fund', 'fund', jsonb_build_object('code', input ->> 'fund'));
	END IF;
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('disbursement', id, 'state', state, 'fund', fund_code,
			'purpose', core.purpose_label(purpose), 'amount', amount::text, 'payee', core.shown_name(payee, core.names_hidden(caller, path)),
			'payee_kind', payee_kind, 'resolution', resolution, 'content', content, 'requested_on', requested_on, 'entry', approval_entry,
			'paid_on', paid_on, 'bank_reference', bank_reference)) ORDER BY id), array_agg(id ORDER BY id), most)
		FROM (SELECT d.*, n.code AS fund_code, n.path, a.entry AS approval_entry, p.paid_on, p.bank_reference, s.state
			FROM ledger.disbursement d JOIN ledger.node n ON n.id = d.fund
			LEFT JOIN ledger.disbursement_payment p ON p.disbursement = d.id,
			LATERAL (SELECT count(*) AS approvals, max(a.entry) AS entry FROM ledger.disbursement_approval a WHERE a.disbursement = d.id) AS a,
			LATERAL (SELECT CASE WHEN p.disbursement IS NOT NULL THEN 'paid' WHEN a.approvals = 2 THEN 'approved'
				WHEN a.approvals = 1 THEN 'approved_once' ELSE 'requested' END) AS s (state)
			WHERE core.in_scope(caller, n.path) AND (NOT input ? 'fund' OR d.fund = one.node)
			AND (NOT input ? 'state' OR s.state = input ->> 'state')
			AND d.id > coalesce(core.cursor_decode(input ->> 'cursor'), 0)
			ORDER BY d.id LIMIT most + 1) AS listed));
END $$;
