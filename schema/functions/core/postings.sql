-- All postings, those in runs too.
CREATE FUNCTION core.postings() RETURNS SETOF ledger.posting
LANGUAGE sql STABLE AS $$
	SELECT p.* FROM ledger.posting p
	UNION ALL SELECT p.* FROM ledger.posting_run r CROSS JOIN LATERAL core.postings_in(r) AS p
$$;
