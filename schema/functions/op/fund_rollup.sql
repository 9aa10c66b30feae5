-- What all funds below each child of a node received, spent and have, and the totals of the node in the last row. From postings alone.
CREATE FUNCTION op.fund_rollup(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	top   ledger.node := core.node_named(caller, input ->> 'node');
	below int[];
BEGIN
	IF top.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'node', jsonb_build_object('code', input ->> 'node'));
	END IF;
	SELECT array_agg(f.node) INTO below FROM ledger.fund f JOIN ledger.node n ON n.id = f.node WHERE n.path <@ top.path;
	RETURN core.done(jsonb_build_object('rows', coalesce((
		WITH moved AS (
			SELECT m.fund, m.restricted, m.unrestricted, m.restricted + m.unrestricted AS amount,
				CASE WHEN m.kind = 'income' THEN i.channel WHEN m.kind = 'fund_transfer' AND t.kind = 'seed' THEN 'seed'
					WHEN m.kind = 'fund_transfer' THEN 'transfers' WHEN m.kind = 'fund_opening' THEN 'opening'
					WHEN m.kind IN ('disbursement_approval', 'settlement_approval') THEN 'spending' ELSE 'otherwise' END AS item
			FROM core.fund_movements(below, '-infinity', 'infinity') m
			LEFT JOIN ledger.income i ON i.entry = m.source LEFT JOIN ledger.fund_transfer t ON t.entry = m.source
		), sums AS (
			SELECT n.path, coalesce(sum(m.amount), 0) AS closing, coalesce(sum(m.restricted), 0) AS restricted,
				coalesce(sum(m.unrestricted), 0) AS unrestricted, sum(m.amount) FILTER (WHERE m.item = 'opening') AS opening,
				sum(m.amount) FILTER (WHERE m.item = 'seed') AS seed, sum(m.amount) FILTER (WHERE m.item = 'public') AS public,
				sum(m.amount) FILTER (WHERE m.item = 'sponsorship') AS sponsorship,
				sum(m.amount) FILTER (WHERE m.item = 'service_commission') AS service_commission,
				sum(m.amount) FILTER (WHERE m.item = 'lottery_share') AS lottery_share, sum(m.amount) FILTER (WHERE m.item = 'grant') AS "grant",
				sum(m.amount) FILTER (WHERE m.item = 'other') AS other, -sum(m.amount) FILTER (WHERE m.item = 'spending') AS spending,
				sum(m.amount) FILTER (WHERE m.item IN ('transfers', 'otherwise')) AS transfers
			FROM unnest(below) AS f (node) JOIN ledger.node n ON n.id = f.node LEFT JOIN moved m ON m.fund = f.node
			GROUP BY n.path
		), grouped AS (
			SELECT (g.id = top.id) AS total, g.id, g.code, g.name, g.kind, count(*) AS funds, sum(s.opening) AS opening, sum(s.seed) AS seed,
				sum(s.public) AS public, sum(s.sponsorship) AS sponsorship, sum(s.service_commission) AS service_commission,
				sum(s.lottery_share) AS lottery_share, sum(s."grant") AS "grant", sum(s.other) AS other, sum(s.spending) AS spending,
				sum(s.transfers) AS transfers, sum(s.closing) AS closing, sum(s.restricted) AS restricted, sum(s.unrestricted) AS unrestricted
			FROM ledger.node g JOIN sums s ON s.path <@ g.path WHERE g.id = top.id OR g.parent = top.id
			GROUP BY g.id
		)
		SELECT jsonb_agg(jsonb_build_object('node', code, 'name', name, 'kind', kind, 'total', total, 'funds', funds)
			|| (SELECT jsonb_object_agg(key, coalesce(value #>> '{}', '0')) FROM jsonb_each(to_jsonb(grouped) - '{total,id,code,name,kind,funds}'::text[]))
			ORDER BY total, id) FROM grouped), '[]')));
END $$;
