-- Confirms the open records of an activity, all or those named, and credits their points.
-- An entry and a lot for each record that gives points: debit P1000 points issued, credit P2100 of the volunteer.
-- One leaf a record: its decision, its lot (whose account and what remains of it follow from the postings).
CREATE FUNCTION op.service_confirm(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	refusal    core.outcome := core.decision_fault(caller, input);
	last_entry bigint := coalesce((SELECT max(e.number) FROM ledger.entry e), 0);
	last_lot   bigint := coalesce((SELECT max(l.id) FROM ledger.lot l), 0);
	pointless  ledger.service_decision[];   -- decisions without points, and
	paid       ledger.service_decision[];   -- those with an entry each, their volunteers, and when their lots expire
	volunteers bigint[];
	expiries   date[];
	lots       ledger.lot[];
	lines      core.line[];
	bodies     jsonb;
	leaves     jsonb;
	result     jsonb;
	unruled    date;
	issued     bigint;
BEGIN
	IF refusal.code IS NOT NULL THEN
		RETURN refusal;
	END IF;
	SELECT min(p.day) FILTER (WHERE p.points IS NULL),
		jsonb_build_object('activity', input -> 'activity', 'confirmed', count(*), 'minutes', sum(p.minutes),
			'credited_minutes', sum(p.credited), 'points', sum(p.points)::text),
		array_agg(p.decision ORDER BY p.record) FILTER (WHERE p.points = 0),
		array_agg(p.decision ORDER BY p.record) FILTER (WHERE p.points > 0),
		array_agg(p.volunteer ORDER BY p.record) FILTER (WHERE p.points > 0),
		array_agg(p.expires_on ORDER BY p.record) FILTER (WHERE p.points > 0)
	INTO unruled, result, pointless, paid, volunteers, expiries
	FROM (SELECT s.*, ROW(s.record, true, s.credited, s.points,
			CASE WHEN s.points > 0 THEN last_entry + count(*) FILTER (WHERE s.points > 0) OVER (ORDER BY s.record) END,
			caller.person, NULL, caller.request)::ledger.service_decision AS decision
		FROM core.service_points(input, caller.today) AS s) AS p;
	IF unruled IS NOT NULL THEN
		RETURN core.refuse('no_rule', 'activity', jsonb_build_object('date', unruled));
	END IF;
	INSERT INTO ledger.service_decision SELECT d.* FROM unnest(pointless || paid) AS d;
	SELECT coalesce(jsonb_agg(jsonb_build_object('rows', jsonb_build_object('service_decision', jsonb_build_array(core.decision_image(d))))
		ORDER BY d.record), '[]') INTO leaves FROM unnest(pointless) AS d;
	IF paid IS NULL THEN
		RETURN core.done(result, leaves);
	END IF;
	PERFORM core.open_accounts('P2100', volunteers);
	issued := core.account('P1000', 0);
	SELECT array_agg(ROW(last_lot + e.nth, a.id, e.entry, e.points, e.points, e.expires_on)::ledger.lot ORDER BY e.nth),
		array_agg(ROW(e.nth, issued, e.points, 0, NULL, NULL)::core.line ORDER BY e.nth)
			|| array_agg(ROW(e.nth, a.id, -e.points, 0, ARRAY[last_lot + e.nth], ARRAY[e.points])::core.line ORDER BY e.nth),
		jsonb_agg(jsonb_build_object('rows', jsonb_build_object(
			'service_decision', jsonb_build_array(core.decision_image(ROW(e.record, e.confirmed, e.credited_minutes, e.points, e.entry,
				e.person, e.reason, e.request)::ledger.service_decision)),
			'lot', jsonb_build_array(jsonb_build_object('id', last_lot + e.nth, 'entry', e.entry,
				'amount', e.points::text, 'expires_on', e.expires_on)))) ORDER BY e.nth)
	INTO lots, lines, bodies
	FROM unnest(paid, volunteers, expiries) WITH ORDINALITY AS e (record, confirmed, credited_minutes, points, entry, person, reason, request,
		volunteer, expires_on, nth)
	JOIN ledger.account a ON a.owner = e.volunteer AND a.number = 'P2100' AND a.purpose = 0 AND NOT a.restricted;
	INSERT INTO ledger.lot SELECT l.* FROM unnest(lots) AS l;
	RETURN core.done(result || jsonb_build_object('first_entry', last_entry + 1, 'last_entry', last_entry + cardinality(paid)),
		core.post(caller, 'service_credit', 'points', caller.today, lines, NULL, bodies) || leaves);
END $$;
