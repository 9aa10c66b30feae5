-- The postings of a run, as rows of their own.
CREATE FUNCTION core.postings_in(run ledger.posting_run) RETURNS SETOF ledger.posting
LANGUAGE sql STABLE ROWS 64 AS $$
	SELECT run.account, run.version + u.place - 1, run.entry + u.place - 1, u.amount,
		run.balance + core.total(u.amount) OVER (ORDER BY u.place ROWS UNBOUNDED PRECEDING), run.line, NULL::bigint[], NULL::bigint[]
	FROM unnest(run.amounts) WITH ORDINALITY AS u (amount, place)
$$;
