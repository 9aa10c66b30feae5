-- Entries of a kind without reading the others. Of the two kinds that most entries are nothing is kept: the next of them is never far.

SET search_path = ledger, pg_catalog;

CREATE INDEX entry_kind ON ledger.entry (kind, number) WHERE kind NOT IN ('service_credit', 'redemption');

INSERT INTO ledger.migration (number) VALUES (13);
