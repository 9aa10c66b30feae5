-- What the log's evidence needs beside its leaves: roots of tiles, the ledger's own keys, erasure of personal values.

SET search_path = ledger, pg_catalog;
SET timezone = 'UTC';

-- A checkpoint's signature is the lines of its note: for each log key in force its key id and signature, 68 bytes.
-- Rows from before hold the first key's signature alone.
ALTER TABLE ledger.checkpoint DROP CONSTRAINT checkpoint_signature_check;
ALTER TABLE ledger.checkpoint ADD CONSTRAINT checkpoint_signature_check
	CHECK (octet_length(signature) = 64 OR octet_length(signature) > 0 AND octet_length(signature) % 68 = 0);

-- The root of each full tile: a hash of the level above. Of these a higher level's open tile is made.
CREATE TABLE ledger.tile_root (
	level smallint,
	index bigint,
	root  bytea NOT NULL CHECK (octet_length(root) = 32),
	PRIMARY KEY (level, index)
);
DO $$
DECLARE
	full_tile ledger.tile;
	hashes    bytea;
BEGIN
	FOR full_tile IN SELECT * FROM ledger.tile LOOP
		hashes := full_tile.hashes;
		WHILE octet_length(hashes) > 32 LOOP
			hashes := (SELECT string_agg(sha256('\x01'::bytea || substr(hashes, at, 64)), '' ORDER BY at)
				FROM generate_series(1, octet_length(hashes), 64) AS at);
		END LOOP;
		INSERT INTO ledger.tile_root VALUES (full_tile.level, full_tile.index, hashes);
	END LOOP;
END $$;

-- ---------------------------------------------------------------- keys of the ledger itself

CREATE TABLE ledger.ledger_key (
	id      int PRIMARY KEY,
	use     text NOT NULL CHECK (use IN ('answers', 'log', 'tls')),
	kid     text NOT NULL UNIQUE,   -- RFC 7638 thumbprint; of a log key the key id of its notes, 8 hex digits
	public  text NOT NULL,          -- JWK in canonical form; of a log key its verifier key
	request bigint NOT NULL
);
CREATE TABLE ledger.ledger_key_end (
	ledger_key int PRIMARY KEY REFERENCES ledger.ledger_key,
	reason     text NOT NULL,
	request    bigint NOT NULL
);

-- ---------------------------------------------------------------- erasure

-- That personal values were erased, of whom or what, and until when the law keeps them sealed.
CREATE TABLE ledger.erasure (
	id           int PRIMARY KEY,
	subject_kind text NOT NULL CHECK (subject_kind IN ('volunteer', 'person', 'activity', 'income', 'disbursement')),
	subject      bigint NOT NULL,
	sealed_until date,
	person       int NOT NULL,
	reason       text NOT NULL,
	request      bigint NOT NULL,
	UNIQUE (subject_kind, subject)
);
-- That sealed values whose term had ended were deleted, and how many.
CREATE TABLE ledger.purge (
	id      int PRIMARY KEY,
	values  int NOT NULL,
	request bigint NOT NULL
);
-- Values that no read shows and that vouchers must keep until a day. Erasable, like ledger.personal.
CREATE TABLE ledger.personal_sealed (
	commitment bytea PRIMARY KEY CHECK (octet_length(commitment) = 32),
	salt       bytea NOT NULL,
	value      text NOT NULL,
	until      date NOT NULL
);

DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY '{tile_root,ledger_key,ledger_key_end,erasure,purge}'::text[] LOOP
		EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', t);
	END LOOP;
END $$;

INSERT INTO ledger.migration (number) VALUES (2);
