-- The records that a decision is about: those that the request names of its activity, or all of it that are open.
-- core.decision_fault has found nothing wrong with them.
CREATE FUNCTION core.open_records(input jsonb) RETURNS SETOF ledger.service_record
LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
	IF input ? 'records' THEN
		RETURN QUERY SELECT r.* FROM jsonb_array_elements(input -> 'records') AS l JOIN ledger.service_record r ON r.id = (l ->> 'record')::bigint
			ORDER BY r.id;
	ELSE
		RETURN QUERY SELECT r.* FROM ledger.service_record r LEFT JOIN ledger.service_decision d ON d.record = r.id
			WHERE r.activity = (input ->> 'activity')::bigint AND d.record IS NULL ORDER BY r.id;
	END IF;
END $$;
