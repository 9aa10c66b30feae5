-- Confirms the open records of an activity, all or those named, and credits their points.
-- An entry and a lot for each record that gives points: debit P1000 points issued, credit P2100 of the volunteer.
-- One leaf a record: its decision, its lot (whose account and what remains of it follow from the postings).
CREATE FUNCTION op.service_confirm(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	refusal    core.outcome := core.decision_fault(caller, input);
	first      bigint;
	result     jsonb;
	unruled    date;
	pointless  bigint[];   -- records, with the minutes credited for them; and
	too_short  int[];
	paid       bigint[];   -- those that get an entry each, with what it is made of
	credited   int[];
	points     bigint[];
	volunteers bigint[];
	expiries   date[];
	leaves     text;
BEGIN
	IF refusal.code IS NOT NULL THEN
		RETURN refusal;
	END IF;
	SELECT min(p.day) FILTER (WHERE p.points IS NULL),
		jsonb_build_object('activity', input -> 'activity', 'confirmed', count(*), 'minutes', sum(p.minutes),
			'credited_minutes', sum(p.credited), 'points', sum(p.points)::text),
		array_agg(p.record) FILTER (WHERE p.points = 0), array_agg(p.credited) FILTER (WHERE p.points = 0),
		array_agg(p.record) FILTER (WHERE p.points > 0), array_agg(p.credited) FILTER (WHERE p.points > 0),
		array_agg(p.points) FILTER (WHERE p.points > 0), array_agg(p.volunteer) FILTER (WHERE p.points > 0),
		array_agg(p.expires_on) FILTER (WHERE p.points > 0)
	INTO unruled, result, pointless, too_short, paid, credited, points, volunteers, expiries
	FROM core.service_points(input, caller.today) AS p;
	IF unruled IS NOT NULL THEN
		RETURN core.refuse('no_rule', 'activity', jsonb_build_object('date', unruled));
	END IF;
	UPDATE ledger.service_open o SET records = o.records - (result ->> 'confirmed')::int WHERE o.activity = (input ->> 'activity')::bigint;
	IF pointless IS NOT NULL THEN
		WITH decision AS (
			INSERT INTO ledger.service_decision (record, confirmed, credited_minutes, points, person, request)
			SELECT p.record, true, p.credited, 0, caller.person, caller.request FROM unnest(pointless, too_short) AS p (record, credited)
			RETURNING record, credited_minutes
		)
		SELECT E'\f' || core.leaf_start(caller) || '"rows":{' || core.decision_text(E'\fa', true, E'\fb', '0', NULL, caller.person, NULL, caller.request)
			|| E'}\n' || string_agg(d.record || E'\t' || d.credited_minutes, E'\n' ORDER BY d.record) INTO leaves FROM decision d;
	END IF;
	IF paid IS NULL THEN
		RETURN core.done_lines(result, leaves, cardinality(pointless));
	END IF;
	first := coalesce((SELECT max(e.number) FROM ledger.entry e), 0) + 1;
	RETURN core.done_lines(result || jsonb_build_object('first_entry', first, 'last_entry', first + cardinality(paid) - 1),
		concat_ws(E'\n', core.credit(caller, paid, volunteers, credited, points, expiries), leaves),
		cardinality(paid) + coalesce(cardinality(pointless), 0));
END $$;
