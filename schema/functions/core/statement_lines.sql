-- The lines of a fund's statement: what moved its net assets between two days, by section, item, purpose and counterparty. Income and
-- transfers as they came in, spending as it went out; of each how much was restricted money and how much free.
CREATE FUNCTION core.statement_lines(fund int, since date, upto date) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	WITH moved AS (
		SELECT s.section, s.sign, m.purpose, m.restricted, m.unrestricted,
			CASE s.section WHEN 'income' THEN i.channel WHEN 'transfer' THEN t.kind
				WHEN 'spending' THEN CASE m.kind WHEN 'settlement_approval' THEN 'settlement' ELSE 'disbursement' END ELSE m.kind END AS item,
			core.node_code(CASE WHEN t.to_fund = statement_lines.fund THEN t.from_fund ELSE t.to_fund END) AS counterparty
		FROM core.fund_movements(ARRAY[statement_lines.fund], since, upto) m
		LEFT JOIN ledger.income i ON i.entry = m.source LEFT JOIN ledger.fund_transfer t ON t.entry = m.source,
		LATERAL (SELECT CASE m.kind WHEN 'fund_opening' THEN 'taken_over' WHEN 'income' THEN 'income' WHEN 'fund_transfer' THEN 'transfer'
			WHEN 'disbursement_approval' THEN 'spending' WHEN 'settlement_approval' THEN 'spending' ELSE 'otherwise' END,
			CASE WHEN m.kind IN ('disbursement_approval', 'settlement_approval') THEN -1 ELSE 1 END) AS s (section, sign)
	), line AS (
		SELECT section, item, purpose, counterparty, sum(sign * restricted) AS restricted, sum(sign * unrestricted) AS unrestricted
		FROM moved GROUP BY section, item, purpose, counterparty
	)
	SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('section', section, 'item', item, 'purpose', core.purpose_label(purpose),
			'counterparty', counterparty, 'restricted', restricted::text, 'unrestricted', unrestricted::text,
			'amount', (restricted + unrestricted)::text))
		ORDER BY array_position('{taken_over,income,spending,transfer,otherwise}', section), item, purpose, counterparty), '[]') FROM line
$$;
