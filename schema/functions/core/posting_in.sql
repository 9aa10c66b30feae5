-- The posting that made a lot, as a row of its own: the second line of its entry; none of a lot from before, whose posting has a row.
-- Inlined where it is called.
CREATE FUNCTION core.posting_in(made ledger.lot) RETURNS SETOF ledger.posting
LANGUAGE sql STABLE ROWS 1 AS $$
	SELECT made.account, made.version, made.entry, -made.amount, made.balance, 2::smallint, ARRAY[made.id], ARRAY[made.amount]
	WHERE made.version IS NOT NULL
$$;
