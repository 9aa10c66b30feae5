-- Postings to one account by entries in a row, one each: what a command that credits hundreds of volunteers debits to the scheme's account.
-- They stand in runs of up to 64: neither a row nor two entries in indexes for each. Those from before stay where they are.

SET search_path = ledger, pg_catalog;
SET timezone = 'UTC';

CREATE TABLE ledger.posting_run (
	account bigint NOT NULL,
	version bigint NOT NULL,        -- of the first of them
	entry   bigint NOT NULL,        -- of the first
	balance bigint NOT NULL,        -- before the first
	line    smallint NOT NULL,      -- of each in its entry
	amounts bigint[] NOT NULL CHECK (cardinality(amounts) BETWEEN 1 AND 64 AND 0 <> ALL (amounts)),
	PRIMARY KEY (account, version)
);
CREATE INDEX posting_run_entry ON ledger.posting_run (entry);
ALTER TABLE ledger.posting_run ALTER account SET STATISTICS 10, ALTER version SET STATISTICS 10, ALTER entry SET STATISTICS 10,
	ALTER balance SET STATISTICS 10, ALTER line SET STATISTICS 10, ALTER amounts SET STATISTICS 10;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.posting_run FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

INSERT INTO ledger.migration (number) VALUES (10);
