-- What a fund had left for each purpose at the end of a day, from its postings.
CREATE FUNCTION core.statement_purposes(fund int, upto date) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object('purpose', core.purpose_label(purpose), 'restricted', (-moved)::text) ORDER BY purpose), '[]')
	FROM (SELECT a.purpose, sum(p.amount) AS moved FROM ledger.account a JOIN ledger.posting p ON p.account = a.id
		JOIN ledger.entry e ON e.number = p.entry
		WHERE a.owner = fund AND a.number ~ '^[345]' AND a.restricted AND e.occurred_on <= upto GROUP BY a.purpose) AS left_over
$$;
