-- A plain ledger as one writes it: accounts with balances that may not be overdrawn, a journal, two postings an entry.
CREATE TABLE account (
	id      int PRIMARY KEY,
	balance bigint NOT NULL CHECK (balance >= 0)
) WITH (fillfactor = 80);
CREATE TABLE entry (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE posting (
	entry   bigint NOT NULL REFERENCES entry,
	account int NOT NULL REFERENCES account,
	amount  bigint NOT NULL,
	PRIMARY KEY (entry, account)
);
INSERT INTO account SELECT n, 1000000000 FROM generate_series(1, 100000) AS n;

-- The balances in the order of their accounts, so that two transfers never wait for each other in a ring.
CREATE FUNCTION transfer(payer int, payee int, amount bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	made bigint;
BEGIN
	IF payer < payee THEN
		UPDATE account SET balance = balance - amount WHERE id = payer;
		UPDATE account SET balance = balance + amount WHERE id = payee;
	ELSE
		UPDATE account SET balance = balance + amount WHERE id = payee;
		UPDATE account SET balance = balance - amount WHERE id = payer;
	END IF;
	INSERT INTO entry DEFAULT VALUES RETURNING id INTO made;
	INSERT INTO posting VALUES (made, payer, -amount), (made, payee, amount);
	RETURN made;
END $$;
VACUUM ANALYZE account;
