-- The records that a decision is about: those that the request names of its activity, or all of it that are open.
-- core.decision_fault has found nothing wrong with them.
CREATE FUNCTION core.open_records(input jsonb) RETURNS SETOF ledger.service_record
LANGUAGE plpgsql STABLE ROWS 100 AS $$
#variable_conflict use_variable
DECLARE
	first bigint;
	last  bigint;
BEGIN
	IF input ? 'records' THEN
		RETURN QUERY SELECT r.* FROM jsonb_array_elements(input -> 'records') AS l
			CROSS JOIN LATERAL (SELECT x.* FROM ledger.service_record x WHERE x.id = (l ->> 'record')::bigint LIMIT 1) AS r ORDER BY r.id;
	ELSE
		SELECT o.first, o.last INTO first, last FROM core.records_of((input ->> 'activity')::bigint) AS o;
		RETURN QUERY SELECT r.* FROM ledger.service_record r
			LEFT JOIN (SELECT x.record FROM ledger.service_decision x WHERE x.record BETWEEN first AND last) AS d ON d.record = r.id
			WHERE r.id BETWEEN first AND last AND d.record IS NULL ORDER BY r.id;
	END IF;
END $$;
