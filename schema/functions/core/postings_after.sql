-- The first postings after a version of an account, or of all when that is NULL, up to another account; by account and version, and
-- perhaps some more. The run that holds the next one begins at most 63 versions before, and shorter ones may lie between. Lots do not
-- stand in the order of their versions: all of an account are read, and not those of accounts that the page does not reach.
CREATE FUNCTION core.postings_after(account bigint, version bigint, most int, upto bigint DEFAULT 9223372036854775807) RETURNS SETOF ledger.posting
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
DECLARE
	past   CONSTANT bigint := coalesce(account, -9223372036854775808);
	behind CONSTANT bigint := coalesce(version, 0);
	reach  bigint;
	run    ledger.posting_run;
	had    int;
	given  int := 0;
BEGIN
	RETURN QUERY SELECT p.* FROM ledger.posting p WHERE (p.account, p.version) > (past, behind) AND p.account <= upto ORDER BY p.account, p.version LIMIT most;
	SELECT coalesce(max(p.account), upto) INTO reach FROM (SELECT x.account FROM ledger.posting x
		WHERE (x.account, x.version) > (past, behind) AND x.account <= upto ORDER BY x.account, x.version OFFSET most - 1 LIMIT 1) AS p;
	FOR run IN SELECT r.* FROM ledger.posting_run r WHERE (r.account, r.version) > (past, behind - 64) AND r.account <= reach
			ORDER BY r.account, r.version LIMIT most + 63 LOOP
		RETURN QUERY SELECT p.* FROM core.postings_in(run) AS p WHERE (p.account, p.version) > (past, behind);
		GET DIAGNOSTICS had = ROW_COUNT;
		given := given + had;
		EXIT WHEN given >= most;
	END LOOP;
	RETURN QUERY SELECT p.* FROM (SELECT x.* FROM ledger.lot x WHERE x.account >= past AND x.account <= reach AND x.version IS NOT NULL
			AND (x.account, x.version) > (past, behind) ORDER BY x.account FETCH FIRST most ROWS WITH TIES) AS l
		CROSS JOIN LATERAL core.posting_in(l) AS p;
END $$;
