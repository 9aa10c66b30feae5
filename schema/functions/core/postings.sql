-- All postings, those too that stand in runs (core.postings_in) and in the lots that they made.
CREATE FUNCTION core.postings() RETURNS SETOF ledger.posting
LANGUAGE sql STABLE AS $$
	SELECT p.* FROM ledger.posting p
	UNION ALL SELECT p.* FROM ledger.posting_run r CROSS JOIN LATERAL core.postings_in(r) AS p
	UNION ALL SELECT l.account, l.version, l.entry, -l.amount, l.balance, 2::smallint, ARRAY[l.id], ARRAY[l.amount] FROM ledger.lot l WHERE l.version IS NOT NULL
$$;
