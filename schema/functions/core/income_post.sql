-- Posts lines of income that were found good, an entry and a leaf each: debit 1002; credit 4101 or 4401, restricted to its purpose or
-- not, 4301 or 4901. A new purpose stands in the leaf of the first line that names it. Returns the leaves, a line each.
CREATE FUNCTION core.income_post(caller core.caller, asked jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	last     CONSTANT bigint := coalesce((SELECT max(e.number) FROM ledger.entry e), 0);
	purposes CONSTANT jsonb := core.purposes_open(caller, (SELECT array_agg(line ->> 'purpose' ORDER BY place)
		FROM jsonb_array_elements(asked) WITH ORDINALITY AS a (line, place)));
	booked   ledger.income[];
	days     date[];
	lines    core.line[];
	tails    text[];
BEGIN
	SELECT array_agg(ROW(last + l.n, l.fund, l.channel, l.campaign, l.purpose, l.amount, l.donor, l.donor_kind, l.anonymous, l.bank_reference,
			l.note, caller.person, caller.request)::ledger.income ORDER BY l.n), array_agg(l.occurred_on ORDER BY l.n)
		INTO booked, days FROM core.income_lines(caller, asked) AS l;
	INSERT INTO ledger.income SELECT b.* FROM unnest(booked) AS b;
	WITH side AS (
		SELECT b.entry - last AS nth, s.place, s.number, b.fund, s.amount, s.purpose FROM unnest(booked) AS b, LATERAL (VALUES
			(1, '1002', b.amount, 0), (2, core.income_account(b.channel), -b.amount, b.purpose)) AS s (place, number, amount, purpose)
	), account AS MATERIALIZED (
		SELECT d.*, core.account(d.number, d.fund, d.purpose <> 0, d.purpose) AS id
		FROM (SELECT DISTINCT s.number, s.fund, s.purpose FROM side s ORDER BY 2, 1, 3) AS d
	)
	SELECT array_agg(ROW(s.nth, a.id, s.amount, s.fund, NULL, NULL)::core.line ORDER BY s.nth, s.place) INTO lines
		FROM side s JOIN account a USING (number, fund, purpose);
	SELECT array_agg('"rows":{' || core.income_text(b) || coalesce(',' || o.text, '') || '}' ORDER BY b.entry) INTO tails
		FROM unnest(booked) AS b LEFT JOIN (
			SELECT min(f.entry) AS entry, core.row_text('purpose', p.made) AS text
			FROM jsonb_array_elements(purposes -> 'rows' -> 'purpose') AS p (made) JOIN unnest(booked) AS f ON f.purpose = (p.made ->> 'id')::int
			GROUP BY p.made) AS o ON o.entry = b.entry;
	RETURN core.post_entries(caller, 'income', 'money', caller.today, lines, tails => tails, days => days);
END $$;
