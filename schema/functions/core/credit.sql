-- Credits volunteers for confirmed records, which stand in columns: an entry and a lot each, debit P1000 points issued, credit P2100 of
-- the volunteer. Numbers entries and lots without a gap, gives each posting its account's next version and the balance after it. The
-- debits stand in runs (ledger.posting_run), each credit in the lot that it makes.
-- Returns a leaf each, as lines: its decision, its lot (whose account and what remains of it follow from the postings).
CREATE FUNCTION core.credit(caller core.caller, records bigint[], volunteers bigint[], credited int[], points bigint[],
	expiries date[]) RETURNS text
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	last_entry CONSTANT bigint := coalesce((SELECT max(e.number) FROM ledger.entry e), 0);
	last_lot   CONSTANT bigint := coalesce((SELECT max(l.id) FROM ledger.lot l), 0);
	scheme     CONSTANT bigint := core.account('P1000', 0);
	total      CONSTANT bigint := (SELECT core.total(p) FROM unnest(points) AS p);
	base       CONSTANT timestamptz := caller.recorded_at;   -- plain variables: a member of a record is looked for at each row
	today      CONSTANT date := caller.today;
	second     CONSTANT text := to_char(base AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.');
	micros     CONSTANT bigint := to_char(base, 'US')::bigint - 1;
	-- of the leaves, whose values are listed in the order of their letters where they are made, at the end
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
	INSERT INTO ledger.posting_run (account, version, entry, balance, line, amounts)
	SELECT scheme, issues + r.first, last_entry + r.first, issued + core.total(r.moved) OVER (ORDER BY r.first ROWS UNBOUNDED PRECEDING) - r.moved, 1, r.amounts
		FROM (SELECT run.first, run.amounts, (SELECT core.total(p) FROM unnest(run.amounts) AS p) AS moved
			FROM (SELECT at AS first, points[at : at + 63] AS amounts FROM generate_series(1, cardinality(points), 64) AS at OFFSET 0) AS run) AS r;
	WITH asked AS MATERIALIZED (
		SELECT u.*, own.id AS purse, row_number() OVER purse AS step, core.total(u.points) OVER purse AS moved
		FROM (SELECT x.*, core.total(x.points) OVER (ROWS UNBOUNDED PRECEDING) AS upto FROM unnest(records, volunteers, credited, points, expiries)
			WITH ORDINALITY AS x (record, volunteer, credited, points, expires_on, nth)) AS u
		LEFT JOIN LATERAL (SELECT x.id FROM ledger.account x   -- by itself: a plan made while there were few would read them all
			WHERE x.owner = u.volunteer AND x.number = 'P2100' AND x.purpose = 0 AND NOT x.restricted LIMIT 1) AS own ON true
		WINDOW purse AS (PARTITION BY u.volunteer ORDER BY u.nth ROWS UNBOUNDED PRECEDING)
	), given AS MATERIALIZED (
		SELECT x.volunteer, x.purse, core.total(x.points) AS points, count(*) AS steps FROM asked x GROUP BY x.volunteer, x.purse
	), filled AS (
		UPDATE ledger.account a SET balance = a.balance - g.points, version = a.version + g.steps FROM given g WHERE a.id = g.purse
		RETURNING a.owner, a.id, a.balance + g.points AS balance, a.version - g.steps AS version
	), opened AS (   -- purses that volunteers do not have yet
		INSERT INTO ledger.account (id, number, owner, balance, version)
		SELECT (SELECT max(a.id) FROM ledger.account a) + row_number() OVER (ORDER BY g.volunteer), 'P2100', g.volunteer, -g.points, g.steps
		FROM given g WHERE g.purse IS NULL RETURNING owner, id, 0::bigint AS balance, 0::bigint AS version
	), made AS MATERIALIZED (
		SELECT a.nth, a.record, a.volunteer, a.credited, a.points, a.expires_on, a.upto, last_entry + a.nth AS entry, last_lot + a.nth AS lot,
			p.id AS purse, p.version + a.step AS version, p.balance - a.moved AS balance,
			base + (a.nth - 1) * interval '1 microsecond' AS recorded_at
		FROM asked a JOIN (SELECT * FROM filled UNION ALL SELECT * FROM opened) AS p ON p.owner = a.volunteer ORDER BY a.nth
	), entry AS (
		INSERT INTO ledger.entry (number, kind, book, occurred_on, recorded_at, request)
		SELECT m.entry, 'service_credit', 'points', today, m.recorded_at, caller.request FROM made m
	), lot AS (
		INSERT INTO ledger.lot (id, account, entry, amount, remaining, expires_on, version, balance)
		SELECT m.lot, m.purse, m.entry, m.points, m.points, m.expires_on, m.version, m.balance FROM made m
	), decision AS (
		INSERT INTO ledger.service_decision (record, confirmed, credited_minutes, points, entry, person, request)
		SELECT m.record, true, m.credited, m.points, m.entry, caller.person, caller.request FROM made m
	)
	SELECT string_agg(concat_ws(E'\t', m.entry, m.points, issued + m.upto, issues + m.nth, m.balance, m.lot, m.volunteer, m.version,
			core.utc_text_in(second, micros + m.nth, m.recorded_at), m.expires_on, m.record, m.credited), E'\n') INTO leaves FROM made m;   -- in their order
	RETURN shape || leaves;
END $$;
