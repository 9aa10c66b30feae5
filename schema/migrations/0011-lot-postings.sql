-- What makes a lot is a posting to its account, of its amount: with the version and the balance after it the lot says all of that posting,
-- which needs no row of its own. Lots from before have one.

SET search_path = ledger, pg_catalog;
SET timezone = 'UTC';

ALTER TABLE ledger.lot
	ADD version bigint,   -- of its account, by the posting that made it, and
	ADD balance bigint,   -- the account's balance after that; NULL: that posting has a row
	ADD CHECK ((version IS NULL) = (balance IS NULL)),
	ALTER version SET STATISTICS 10,
	ALTER balance SET STATISTICS 10;
CREATE INDEX lot_entry ON ledger.lot (entry) WHERE version IS NOT NULL;
DROP TRIGGER append_only ON ledger.lot;
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OF id, account, entry, amount, expires_on, version, balance ON ledger.lot
	FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

INSERT INTO ledger.migration (number) VALUES (11);
