-- Rejects the open records of an activity, all or those named, and says why. Gives no points; the time may be recorded again.
CREATE FUNCTION op.service_reject(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	refusal core.outcome := core.decision_fault(caller, input);
	leaves  jsonb;
BEGIN
	IF refusal.code IS NOT NULL THEN
		RETURN refusal;
	END IF;
	WITH decided AS (
		INSERT INTO ledger.service_decision (record, confirmed, credited_minutes, points, person, reason, request)
		SELECT r.id, false, 0, 0, caller.person, input ->> 'reason', caller.request FROM core.open_records(input) AS r
		RETURNING service_decision
	)
	SELECT jsonb_agg(jsonb_build_object('rows', jsonb_build_object('service_decision', jsonb_build_array(core.decision_image(d.service_decision))))
		ORDER BY (d.service_decision).record) INTO leaves FROM decided d;
	RETURN core.done(jsonb_build_object('activity', input -> 'activity', 'rejected', jsonb_array_length(leaves)), leaves);
END $$;
