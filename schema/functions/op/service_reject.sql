-- Rejects the open records of an activity, all or those named, and says why. Gives no points; the time may be recorded again.
CREATE FUNCTION op.service_reject(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	refusal core.outcome := core.decision_fault(caller, input);
	middle  CONSTANT text := core.leaf_middle(caller);
	leaves  core.piece[];
BEGIN
	IF refusal.code IS NOT NULL THEN
		RETURN refusal;
	END IF;
	WITH decided AS (
		INSERT INTO ledger.service_decision (record, confirmed, credited_minutes, points, person, reason, request)
		SELECT r.id, false, 0, 0, caller.person, input ->> 'reason', caller.request FROM core.open_records(input) AS r
		RETURNING *
	)
	SELECT array_agg(ROW('', middle, '"rows":{' || core.decision_text(d.record, d.confirmed, d.credited_minutes, d.points, d.entry, d.person, d.reason, d.request)
			|| '}')::core.piece ORDER BY d.record) INTO leaves FROM decided d;
	UPDATE ledger.service_open o SET records = o.records - cardinality(leaves) WHERE o.activity = (input ->> 'activity')::bigint;
	RETURN core.done_pieces(jsonb_build_object('activity', input -> 'activity', 'rejected', cardinality(leaves)), leaves);
END $$;
