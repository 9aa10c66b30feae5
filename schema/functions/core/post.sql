-- Posts entries, one or many in one call: the only place that writes entries and postings and moves balances.
-- Numbers the entries without a gap, gives each posting its account's next version and the balance after it, and
-- returns one leaf an entry; bodies[i], an object, is merged into leaf i (what else the entry changed).
-- days[i] is the business day of entry i where entries of one call have several.
-- Every entry must sum to zero, in its book and for each fund: anything else is a fault of the caller.
CREATE FUNCTION core.post(caller core.caller, kind text, book text, occurred_on date, lines core.line[],
	reverses bigint DEFAULT NULL, bodies jsonb DEFAULT NULL, days date[] DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	last   bigint := coalesce((SELECT max(e.number) FROM ledger.entry e), 0);
	leaves jsonb;
BEGIN
	IF EXISTS (SELECT FROM unnest(lines) AS l GROUP BY l.entry, l.fund HAVING sum(l.amount) <> 0) THEN
		RAISE EXCEPTION 'an entry of kind % does not balance', kind USING ERRCODE = 'integrity_constraint_violation';
	END IF;
	WITH line AS (
		SELECT l.*, row_number() OVER account AS step, sum(l.amount) OVER account AS moved
		FROM unnest(lines) WITH ORDINALITY AS l (entry, account, amount, fund, lots, lot_amounts, place)
		WINDOW account AS (PARTITION BY l.account ORDER BY l.place)
	), total AS (
		SELECT l.account, count(*) AS steps, sum(l.amount) AS amount FROM line l GROUP BY l.account
	), before AS (
		UPDATE ledger.account a SET balance = a.balance + t.amount, version = a.version + t.steps
		FROM total t WHERE a.id = t.account
		RETURNING a.id, a.number, a.owner, a.restricted, a.purpose, a.balance - t.amount AS balance, a.version - t.steps AS version
	), entry AS (
		INSERT INTO ledger.entry (number, kind, book, occurred_on, recorded_at, request, reverses)
		SELECT DISTINCT last + l.entry, post.kind, post.book, coalesce(days[l.entry], post.occurred_on),
			caller.recorded_at + (l.entry - 1) * interval '1 microsecond', caller.request, post.reverses
		FROM line l
	), posting AS (
		SELECT l.entry, l.place, l.account, b.number, b.owner, b.restricted, b.purpose, l.amount, l.fund, l.lots, l.lot_amounts,
			b.version + l.step AS version, b.balance + l.moved AS balance,
			row_number() OVER (PARTITION BY l.entry ORDER BY l.place) AS line
		FROM line l JOIN before b ON b.id = l.account
	), posted AS (
		INSERT INTO ledger.posting (entry, line, account, amount, version, balance, lots, lot_amounts)
		SELECT last + p.entry, p.line, p.account, p.amount, p.version, p.balance, p.lots, p.lot_amounts FROM posting p
	)
	SELECT jsonb_agg(leaf ORDER BY entry) INTO leaves FROM (
		SELECT p.entry, jsonb_build_object('kind', kind, 'book', book, 'entry', last + p.entry,
			'occurred_on', coalesce(days[p.entry], post.occurred_on), 'recorded_at', core.utc_text(caller.recorded_at + (p.entry - 1) * interval '1 microsecond'),
			'postings', jsonb_agg(core.posting_leaf(p.number, p.owner, p.restricted, p.purpose, p.fund, p.amount, p.version, p.balance,
				p.lots, p.lot_amounts) ORDER BY p.place))
			|| CASE WHEN reverses IS NULL THEN '{}' ELSE jsonb_build_object('reverses', reverses) END
			|| coalesce(bodies -> (p.entry - 1), '{}') AS leaf
		FROM posting p GROUP BY p.entry) AS made;
	RETURN leaves;
END $$;
