-- The postings of an entry. The run that holds one of them begins at most 63 entries before.
CREATE FUNCTION core.postings_of(entry bigint) RETURNS SETOF ledger.posting
LANGUAGE sql STABLE ROWS 2 AS $$
	SELECT p.* FROM ledger.posting p WHERE p.entry = postings_of.entry
	UNION ALL SELECT r.account, r.version + k, r.entry + k, r.amounts[k + 1],
			r.balance + (SELECT core.total(u) FROM unnest(r.amounts[: k + 1]) AS u), r.line, NULL::bigint[], NULL::bigint[]
		FROM ledger.posting_run r CROSS JOIN LATERAL (SELECT (postings_of.entry - r.entry)::int AS k) AS k
		WHERE r.entry > postings_of.entry - 64 AND r.entry <= postings_of.entry AND k < cardinality(r.amounts)
	UNION ALL SELECT p.* FROM ledger.lot l CROSS JOIN LATERAL core.posting_in(l) AS p WHERE l.entry = postings_of.entry
$$;
