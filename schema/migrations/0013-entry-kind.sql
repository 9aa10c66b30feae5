-- Entries of a kind, and those of money, without reading the others. Of the two kinds that most entries are nothing is kept: the next of them is
-- never far.

SET search_path = ledger, pg_catalog;

CREATE INDEX entry_kind ON ledger.entry (kind, number) WHERE kind NOT IN ('service_credit', 'redemption');
CREATE INDEX entry_money ON ledger.entry (number) WHERE book = 'money';

INSERT INTO ledger.migration (number) VALUES (13);
