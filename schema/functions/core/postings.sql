-- All postings, those too that stand in runs and in the lots that they made.
CREATE FUNCTION core.postings() RETURNS SETOF ledger.posting
LANGUAGE sql STABLE AS $$
	SELECT p.* FROM ledger.posting p
	UNION ALL SELECT p.* FROM ledger.posting_run r CROSS JOIN LATERAL core.postings_in(r) AS p
	UNION ALL SELECT p.* FROM ledger.lot l CROSS JOIN LATERAL core.posting_in(l) AS p
$$;
