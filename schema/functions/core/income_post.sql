-- Posts lines of income that were found good, an entry and a leaf each: debit 1002; credit 4101 or 4401, restricted to its purpose or
-- not, 4301 or 4901. A new purpose stands in the leaf of the first line that names it. Returns the leaves.
CREATE FUNCTION core.income_post(caller core.caller, asked jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	purposes jsonb := core.purposes_open(caller, (SELECT array_agg(line ->> 'purpose' ORDER BY place)
		FROM jsonb_array_elements(asked) WITH ORDINALITY AS a (line, place)));
	lines  core.line[];
	days   date[];
	leaves jsonb;
	first  bigint;
BEGIN
	WITH side AS (
		SELECT l.n, s.place, s.number, l.fund, s.amount, s.purpose FROM core.income_lines(caller, asked) l, LATERAL (VALUES
			(1, '1002', l.amount, 0), (2, l.account, -l.amount, l.purpose)) AS s (place, number, amount, purpose)
	), account AS MATERIALIZED (
		SELECT d.*, core.account(d.number, d.fund, d.purpose <> 0, d.purpose) AS id
		FROM (SELECT DISTINCT s.number, s.fund, s.purpose FROM side s ORDER BY 2, 1, 3) AS d
	)
	SELECT array_agg(ROW(s.n, a.id, s.amount, s.fund, NULL, NULL)::core.line ORDER BY s.n, s.place) INTO lines
		FROM side s JOIN account a USING (number, fund, purpose);
	SELECT array_agg(l.occurred_on ORDER BY l.n) INTO days FROM core.income_lines(caller, asked) l;
	leaves := core.post(caller, 'income', 'money', caller.today, lines, days => days);
	first := (leaves -> 0 ->> 'entry')::bigint;
	WITH booked AS (
		INSERT INTO ledger.income (entry, fund, channel, campaign, purpose, amount, donor, donor_kind, anonymous, bank_reference, note, person, request)
		SELECT first + l.n - 1, l.fund, l.channel, l.campaign, l.purpose, l.amount, l.donor, l.donor_kind, l.anonymous,
			l.bank_reference, l.note, caller.person, caller.request
		FROM core.income_lines(caller, asked) l RETURNING *
	)
	SELECT jsonb_agg(leaf.body || core.images(core.image('income', to_jsonb(booked)), opened.image) ORDER BY leaf.place)
		INTO leaves
		FROM jsonb_array_elements(leaves) WITH ORDINALITY AS leaf (body, place) JOIN booked ON booked.entry = first + leaf.place - 1
		LEFT JOIN (SELECT core.image('purpose', p.made) AS image, min(a.place) AS place FROM jsonb_array_elements(purposes -> 'rows' -> 'purpose') AS p (made)
			JOIN jsonb_array_elements(asked) WITH ORDINALITY AS a (line, place) ON a.line ->> 'purpose' = p.made ->> 'label'
			GROUP BY p.made) AS opened ON opened.place = leaf.place;
	RETURN leaves;
END $$;
