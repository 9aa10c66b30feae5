-- The posting that made a lot, as a row of its own: the second line of its entry.
CREATE FUNCTION core.posting_in(made ledger.lot) RETURNS ledger.posting
LANGUAGE sql STABLE
RETURN ROW(made.account, made.version, made.entry, -made.amount, made.balance, 2, ARRAY[made.id], ARRAY[made.amount])::ledger.posting;
