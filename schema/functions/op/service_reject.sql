-- Rejects the open records of an activity, all or those named, and says why. Gives no points; the time may be recorded again.
CREATE FUNCTION op.service_reject(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	refusal core.outcome := core.decision_fault(caller, input);
	shape   CONSTANT text := E'\f' || core.leaf_start(caller) || '"rows":{' || core.decision_text(E'\fa', false, '0', '0', NULL, caller.person,
		input ->> 'reason', caller.request) || E'}\n';
	leaves  text;
	many    int;
BEGIN
	IF refusal.code IS NOT NULL THEN
		RETURN refusal;
	END IF;
	WITH decided AS (
		INSERT INTO ledger.service_decision (record, confirmed, credited_minutes, points, person, reason, request)
		SELECT r.id, false, 0, 0, caller.person, input ->> 'reason', caller.request FROM core.open_records(input) AS r
		RETURNING record
	)
	SELECT string_agg(d.record::text, E'\n' ORDER BY d.record), count(*) INTO leaves, many FROM decided d;
	UPDATE ledger.service_open o SET records = o.records - many WHERE o.activity = (input ->> 'activity')::bigint;
	RETURN core.done_lines(jsonb_build_object('activity', input -> 'activity', 'rejected', many), shape || leaves, many);
END $$;
