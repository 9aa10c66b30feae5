-- Records a whole activity of a team: who served from when to when. Gives no points until a worker of the community served confirms.
-- One leaf for the activity, then one a line.
CREATE FUNCTION op.service_record(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	team   ledger.node := core.node_named(caller, input ->> 'team', 'team');
	served int := (SELECT n.id FROM ledger.node n WHERE n.code = input ->> 'community' AND n.kind = ANY (core.org_kinds()));
	before jsonb := core.imported(caller, input);
	last   bigint := coalesce((SELECT max(r.id) FROM ledger.service_record r), 0);
	refusal core.outcome;
	added  ledger.activity;
	total  bigint;
	leaves jsonb;
BEGIN
	IF team.id IS NULL THEN
		RETURN core.refuse('unknown_team', 'team', jsonb_build_object('code', input ->> 'team'));
	ELSIF served IS NULL THEN
		RETURN core.refuse('unknown_community', 'community', jsonb_build_object('code', input ->> 'community'));
	ELSIF before IS NOT NULL THEN
		RETURN core.refuse('already_imported', 'file', before);
	END IF;
	refusal := core.service_fault(caller, input);
	IF refusal.code IS NOT NULL THEN
		RETURN refusal;
	END IF;
	added := ROW(core.next_id('ledger.activity'), team.id, served, input ->> 'name', input ->> 'place', input ->> 'content',
		input ->> 'category', core.from_base64url(input ->> 'in_charge'), coalesce((input ->> 'served')::int, 0), caller.person, caller.request);
	INSERT INTO ledger.activity SELECT added.*;
	WITH record AS (
		INSERT INTO ledger.service_record (id, activity, volunteer, starts_at, ends_at, minutes, request)
		SELECT last + l.place, added.id, l.volunteer, l.starts_at, l.ends_at, extract(epoch FROM l.ends_at - l.starts_at)::int / 60, caller.request
		FROM core.service_lines(input) AS l
		RETURNING *
	)
	SELECT jsonb_agg(jsonb_build_object('rows', jsonb_build_object('service_record', jsonb_build_array(to_jsonb(r)))) ORDER BY r.id),
		sum(r.minutes) INTO leaves, total FROM record r;
	PERFORM core.import_done(caller, input);
	RETURN core.done(jsonb_build_object('activity', added.id, 'records', jsonb_array_length(leaves), 'first', last + 1,
			'last', last + jsonb_array_length(leaves), 'minutes', total),
		core.leaf(core.image('activity', to_jsonb(added))) || leaves);
END $$;
