-- Posts entries, one or many in one call: the only place that writes entries and postings and moves balances, but for the two that are
-- hot and know what they post, core.credit and core.redeem.
-- Numbers the entries without a gap, gives each posting its account's next version and the balance after it, and
-- returns one leaf an entry, a line each (core.outcome); tails[i] says in canonical text what else entry i changed: "rows":{...}, perhaps a salt.
-- days[i] and requests[i] are the business day and the request of entry i where entries of one call have several.
-- Every entry must sum to zero, in its book and for each fund: anything else is a fault of the caller.
CREATE FUNCTION core.post_entries(caller core.caller, kind text, book text, occurred_on date, lines core.line[],
	reverses bigint DEFAULT NULL, tails text[] DEFAULT NULL, days date[] DEFAULT NULL, requests bigint[] DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	last   bigint := coalesce((SELECT max(e.number) FROM ledger.entry e), 0);
	second CONSTANT text := to_char(caller.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.');
	micros CONSTANT bigint := to_char(caller.recorded_at, 'US')::bigint - 1;
	leaves text;
BEGIN
	IF EXISTS (SELECT FROM unnest(lines) AS l GROUP BY l.entry, l.fund HAVING sum(l.amount) <> 0) THEN
		RAISE EXCEPTION 'an entry of kind % does not balance', kind USING ERRCODE = 'integrity_constraint_violation';
	END IF;
	WITH line AS (
		SELECT l.*, row_number() OVER account AS step, core.total(l.amount) OVER account AS moved
		FROM unnest(lines) WITH ORDINALITY AS l (entry, account, amount, fund, lots, lot_amounts, place)
		WINDOW account AS (PARTITION BY l.account ORDER BY l.place ROWS UNBOUNDED PRECEDING)
	), total AS (
		SELECT l.account, count(*) AS steps, core.total(l.amount) AS amount FROM line l GROUP BY l.account
	), before AS (
		UPDATE ledger.account a SET balance = a.balance + t.amount, version = a.version + t.steps
		FROM total t WHERE a.id = t.account
		RETURNING a.id, a.number, a.owner, a.restricted, a.purpose, a.balance - t.amount AS balance, a.version - t.steps AS version
	), posting AS (
		SELECT p.entry, p.account, p.amount, p.lots, p.lot_amounts, p.version, p.balance, row_number() OVER entry AS line,
			string_agg(core.posting_text(p.number, p.owner, p.restricted, p.purpose, p.fund, p.amount, p.version, p.balance,
				CASE cardinality(p.lots) WHEN 1 THEN '[' || p.lots[1] || ',"' || p.lot_amounts[1] || '"]'
				ELSE (SELECT string_agg('[' || u.lot || ',"' || u.moved || '"]', ',') FROM unnest(p.lots, p.lot_amounts) AS u (lot, moved)) END),
				',') OVER entry AS postings
		FROM (SELECT l.*, b.number, b.owner, b.restricted, b.purpose, b.version + l.step AS version, b.balance + l.moved AS balance
			FROM line l JOIN before b ON b.id = l.account) AS p
		WINDOW entry AS (PARTITION BY p.entry ORDER BY p.place ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
	), posted AS (
		INSERT INTO ledger.posting (entry, line, account, amount, version, balance, lots, lot_amounts)
		SELECT last + p.entry, p.line, p.account, p.amount, p.version, p.balance, p.lots, p.lot_amounts FROM posting p
	), entry AS (
		SELECT p.entry AS nth, last + p.entry AS number, coalesce(days[p.entry], post_entries.occurred_on) AS occurred_on,
			caller.recorded_at + (p.entry - 1) * interval '1 microsecond' AS recorded_at, p.postings
		FROM posting p WHERE p.line = 1
	), written AS (
		INSERT INTO ledger.entry (number, kind, book, occurred_on, recorded_at, request, reverses)
		SELECT e.number, post_entries.kind, post_entries.book, e.occurred_on, e.recorded_at, coalesce(requests[e.nth], caller.request),
			post_entries.reverses FROM entry e
	)
	SELECT string_agg('"book":"' || book || '","entry":' || e.number || E'\t"kind":"' || kind || '","occurred_on":' || to_json(e.occurred_on) || ',"postings":[' || e.postings
				|| '],"recorded_at":"' || core.utc_text_in(second, micros + e.nth, e.recorded_at) || E'"\t' || concat_ws(',', '"reverses":' || reverses, t.tail), E'\n' ORDER BY e.nth)
		INTO leaves FROM entry e LEFT JOIN unnest(tails) WITH ORDINALITY AS t (tail, nth) USING (nth);
	RETURN leaves;
END $$;
