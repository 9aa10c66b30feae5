-- New commands carry numbers that begin with the time: behind one another in one place, not in as many as there are keys.

SET search_path = ledger, pg_catalog;

DROP INDEX ledger.request_once;
CREATE UNIQUE INDEX request_once ON ledger.request (jti, operator);

INSERT INTO ledger.migration (number) VALUES (12);
