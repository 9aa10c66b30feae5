-- The first postings after a version of an account, or of all when that is NULL, by account and version; perhaps some more. The run
-- that holds the next one begins at most 63 versions before.
CREATE FUNCTION core.postings_after(account bigint, version bigint, most int) RETURNS SETOF ledger.posting
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
DECLARE
	past   CONSTANT bigint := coalesce(account, -9223372036854775808);
	behind CONSTANT bigint := coalesce(version, 0);
BEGIN
	RETURN QUERY
		(SELECT p.* FROM ledger.posting p WHERE (p.account, p.version) > (past, behind) ORDER BY p.account, p.version LIMIT most)
		UNION ALL SELECT p.* FROM (SELECT x.* FROM ledger.posting_run x
				WHERE (x.account, x.version) > (past, behind - 64) ORDER BY x.account, x.version LIMIT most + 1) AS r
			CROSS JOIN LATERAL core.postings_in(r) AS p WHERE (p.account, p.version) > (past, behind);
END $$;
