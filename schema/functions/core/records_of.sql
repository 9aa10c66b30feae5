-- The numbers of an activity's records, first to last: they were recorded in one command, which answered them. NULL of no activity.
CREATE FUNCTION core.records_of(activity bigint, OUT first bigint, OUT last bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	SELECT (q.result ->> 'first')::bigint, (q.result ->> 'last')::bigint INTO first, last
		FROM (SELECT x.request FROM ledger.activity x WHERE x.id = records_of.activity LIMIT 1) AS a
		CROSS JOIN LATERAL (SELECT x.result FROM ledger.request x WHERE x.number = a.request LIMIT 1) AS q;
END $$;
