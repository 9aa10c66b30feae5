-- Credits volunteers for confirmed records, which stand in columns: an entry and a lot each, debit P1000 points issued, credit P2100 of
-- the volunteer. Numbers entries and lots without a gap, gives each posting its account's next version and the balance after it.
-- Returns a leaf each, as lines: its decision, its lot (whose account and what remains of it follow from the postings).
CREATE FUNCTION core.credit(caller core.caller, records bigint[], volunteers bigint[], credited int[], points bigint[],
	expiries date[]) RETURNS text
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	last_entry CONSTANT bigint := coalesce((SELECT max(e.number) FROM ledger.entry e), 0);
	last_lot   CONSTANT bigint := coalesce((SELECT max(l.id) FROM ledger.lot l), 0);
	purses     CONSTANT bigint[] := core.open_accounts('P2100', volunteers);
	scheme     CONSTANT bigint := core.account('P1000', 0);
	total      CONSTANT bigint := (SELECT sum(p) FROM unnest(points) AS p);
	base       CONSTANT timestamptz := caller.recorded_at;   -- plain variables: a member of a record is looked for at each row
	today      CONSTANT date := caller.today;
	second     CONSTANT text := to_char(base AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.');
	micros     CONSTANT bigint := to_char(base, 'US')::bigint - 1;
	shape      CONSTANT text := E'\f"book":"points","entry":\fa\t"kind":"service_credit","occurred_on":"' || today
		|| E'","postings":[{"account":"P1000","amount":"\fb","balance":"\fc","owner":0,"version":\fd},'
		|| E'{"account":"P2100","amount":"-\fb","balance":"\fe","lots":[[\ff,"\fb"]],"owner":\fg,"version":\fh}],"recorded_at":"\fi"\t'
		|| E'"rows":{"lot":[{"amount":"\fb","entry":\fa,"expires_on":"\fj","id":\ff}],'
		|| core.decision_text(E'\fk', true, E'\fl', E'\fb', E'\fa', caller.person, NULL, caller.request) || E'}\n';
	issued     bigint;   -- what that account was before: its balance,
	issues     bigint;   -- and its version
	leaves     text;
BEGIN
	UPDATE ledger.account a SET balance = a.balance + total, version = a.version + cardinality(points) WHERE a.id = scheme
		RETURNING a.balance - total, a.version - cardinality(points) INTO issued, issues;
	WITH asked AS MATERIALIZED (
		SELECT u.*, row_number() OVER purse AS step, core.total(u.points) OVER purse AS moved,
			core.total(u.points) OVER (ORDER BY u.nth ROWS UNBOUNDED PRECEDING) AS upto
		FROM unnest(records, volunteers, purses, credited, points, expiries) WITH ORDINALITY AS u (record, volunteer, purse, credited, points, expires_on, nth)
		WINDOW purse AS (PARTITION BY u.purse ORDER BY u.nth ROWS UNBOUNDED PRECEDING)
	), account AS (
		UPDATE ledger.account a SET balance = a.balance - m.points, version = a.version + m.steps
		FROM (SELECT x.purse, core.total(x.points) AS points, count(*) AS steps FROM asked x GROUP BY x.purse) AS m
		WHERE a.id = m.purse RETURNING a.id, a.balance + m.points AS balance, a.version - m.steps AS version
	), made AS MATERIALIZED (
		SELECT a.*, last_entry + a.nth AS entry, last_lot + a.nth AS lot, v.version + a.step AS version, v.balance - a.moved AS balance,
			base + (a.nth - 1) * interval '1 microsecond' AS recorded_at
		FROM asked a JOIN account v ON v.id = a.purse ORDER BY a.nth
	), entry AS (
		INSERT INTO ledger.entry (number, kind, book, occurred_on, recorded_at, request)
		SELECT m.entry, 'service_credit', 'points', today, m.recorded_at, caller.request FROM made m
	), posting AS (
		INSERT INTO ledger.posting (entry, line, account, amount, version, balance, lots, lot_amounts)
		SELECT m.entry, line, CASE line WHEN 1 THEN scheme ELSE m.purse END, CASE line WHEN 1 THEN m.points ELSE -m.points END,
			CASE line WHEN 1 THEN issues + m.nth ELSE m.version END, CASE line WHEN 1 THEN issued + m.upto ELSE m.balance END,
			CASE line WHEN 2 THEN ARRAY[m.lot] END, CASE line WHEN 2 THEN ARRAY[m.points] END
		FROM made m CROSS JOIN generate_series(1, 2) AS line
	), lot AS (
		INSERT INTO ledger.lot (id, account, entry, amount, remaining, expires_on)
		SELECT m.lot, m.purse, m.entry, m.points, m.points, m.expires_on FROM made m
	), decision AS (
		INSERT INTO ledger.service_decision (record, confirmed, credited_minutes, points, entry, person, request)
		SELECT m.record, true, m.credited, m.points, m.entry, caller.person, caller.request FROM made m
	)
	SELECT string_agg(concat_ws(E'\t', m.entry, m.points, issued + m.upto, issues + m.nth, m.balance, m.lot, m.volunteer, m.version,
			core.utc_text_in(second, micros + m.nth, m.recorded_at), m.expires_on, m.record, m.credited), E'\n') INTO leaves FROM made m;   -- in their order
	RETURN shape || leaves;
END $$;
