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
			SELECT n.path, 1 AS funds, coalesce(sum(m.amount), 0) AS closing, coalesce(sum(m.restricted), 0) AS restricted,
				coalesce(sum(m.unrestricted), 0) AS unrestricted, s.*
			FROM unnest(below) AS f (node) JOIN ledger.node n ON n.id = f.node LEFT JOIN moved m ON m.fund = f.node,
			LATERAL (SELECT sum(x.amount) FILTER (WHERE x.item = 'opening') AS opening, sum(x.amount) FILTER (WHERE x.item = 'seed') AS seed,
				sum(x.amount) FILTER (WHERE x.item = 'public') AS public, sum(x.amount) FILTER (WHERE x.item = 'sponsorship') AS sponsorship,
				sum(x.amount) FILTER (WHERE x.item = 'service_commission') AS service_commission,
				sum(x.amount) FILTER (WHERE x.item = 'lottery_share') AS lottery_share, sum(x.amount) FILTER (WHERE x.item = 'grant') AS "grant",
				sum(x.amount) FILTER (WHERE x.item = 'other') AS other, sum(x.amount) FILTER (WHERE x.item IN ('transfers', 'otherwise')) AS transfers,
				-sum(x.amount) FILTER (WHERE x.item = 'spending') AS spending FROM moved x WHERE x.fund = f.node) AS s
			GROUP BY n.path, s.opening, s.seed, s.public, s.sponsorship, s.service_commission, s.lottery_share, s."grant", s.other, s.transfers, s.spending
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
