-- The plain ledger again, without the checks of foreign keys: what it posts it has just looked up itself.
CREATE TABLE account (
	id      int PRIMARY KEY,
	balance bigint NOT NULL CHECK (balance >= 0)
) WITH (fillfactor = 80);
CREATE TABLE entry (
	id          bigint PRIMARY KEY,
	recorded_at timestamptz NOT NULL
);
CREATE TABLE posting (
	entry   bigint NOT NULL,
	account int NOT NULL,
	amount  bigint NOT NULL,
	PRIMARY KEY (entry, account)
);
CREATE SEQUENCE entry_id;
INSERT INTO account SELECT n, 1000000000 FROM generate_series(1, 100000) AS n;

-- Transfers all at once: an entry and two postings each, one update for each account that any of them touches.
-- The accounts are locked in order first, so that two calls never wait for each other in a ring.
CREATE FUNCTION transfer_all(payers int[], payees int[], amounts bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	many CONSTANT int := cardinality(payers);
	last bigint;
BEGIN
	PERFORM FROM account WHERE id = ANY (payers || payees) ORDER BY id FOR NO KEY UPDATE;
	UPDATE account a SET balance = balance + t.amount
	FROM (SELECT id, sum(amount)::bigint AS amount FROM (
			SELECT id, -amount AS amount FROM unnest(payers, amounts) AS p (id, amount)
			UNION ALL SELECT id, amount FROM unnest(payees, amounts) AS p (id, amount)) AS legs GROUP BY id) AS t
	WHERE a.id = t.id;
	-- One step of the sequence is one call.
	last := nextval('entry_id') * 1000;
	INSERT INTO entry SELECT last + n, clock_timestamp() FROM generate_series(1, many) AS n;
	INSERT INTO posting SELECT last + n, id, amount FROM unnest(payers, payees, amounts) WITH ORDINALITY AS t (payer, payee, value, n),
		LATERAL (VALUES (payer, -value), (payee, value)) AS legs (id, amount);
	RETURN last;
END $$;
VACUUM ANALYZE account;
