-- How many records of each activity wait for a decision, so that a list of them reads those and not all that were ever decided;
-- and rejected records, of which there are few.

SET search_path = ledger, pg_catalog;
SET timezone = 'UTC';

CREATE TABLE ledger.service_open (
	activity bigint PRIMARY KEY,
	records  int NOT NULL CHECK (records >= 0)
) WITH (fillfactor = 70);
ALTER TABLE ledger.service_open ALTER activity SET STATISTICS 10, ALTER records SET STATISTICS 10;
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OF activity ON ledger.service_open FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON ledger.service_open FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

INSERT INTO ledger.service_open (activity, records)
	SELECT r.activity, count(*) FILTER (WHERE d.record IS NULL)
	FROM ledger.service_record r LEFT JOIN ledger.service_decision d ON d.record = r.id GROUP BY r.activity ORDER BY r.activity;
CREATE INDEX service_open_some ON ledger.service_open (activity) WHERE records > 0;
CREATE INDEX service_decision_rejected ON ledger.service_decision (record) WHERE NOT confirmed;

INSERT INTO ledger.migration (number) VALUES (7);
