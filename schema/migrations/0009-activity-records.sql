-- Records of an activity are numbered in a row and recorded in one command, which answered their numbers (core.records_of): no index
-- needs to say which they are.

SET search_path = ledger, pg_catalog;

DROP INDEX ledger.service_record_activity;

INSERT INTO ledger.migration (number) VALUES (9);
