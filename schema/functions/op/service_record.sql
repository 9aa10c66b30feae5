-- Records a whole activity of a team: who served from when to when. Gives no points until a worker of the community served confirms.
-- One leaf for the activity, then one a line.
CREATE FUNCTION op.service_record(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	team   ledger.node := core.node_named(caller, input ->> 'team', 'team');
	served int := (SELECT n.id FROM ledger.node n WHERE n.code = input ->> 'community' AND n.kind = ANY (core.org_kinds()));
	before jsonb := core.imported(caller, input);
	last   bigint := coalesce((SELECT max(r.id) FROM ledger.service_record r), 0);
	line   record;   -- the lines, as columns
	refusal core.outcome;
	added  ledger.activity;
	total  bigint;
	start  CONSTANT text := core.leaf_start(caller) || '"rows":{';
	shape  text;      -- of their leaves
	leaves text;
BEGIN
	IF team.id IS NULL THEN
		RETURN core.refuse('unknown_team', 'team', jsonb_build_object('code', input ->> 'team'));
	ELSIF served IS NULL THEN
		RETURN core.refuse('unknown_community', 'community', jsonb_build_object('code', input ->> 'community'));
	ELSIF before IS NOT NULL THEN
		RETURN core.refuse('already_imported', 'file', before);
	END IF;
	line := core.service_lines(input);
	refusal := core.service_fault(caller, line.volunteers, line.starts, line.ends);
	IF refusal.code IS NOT NULL THEN
		RETURN refusal;
	END IF;
	added := ROW(core.next_id('ledger.activity'), team.id, served, input ->> 'name', input ->> 'place', input ->> 'content',
		input ->> 'category', core.from_base64url(input ->> 'in_charge'), coalesce((input ->> 'served')::int, 0), caller.person, caller.request);
	INSERT INTO ledger.activity SELECT added.*;
	INSERT INTO ledger.service_open (activity, records) VALUES (added.id, cardinality(line.volunteers));
	shape := E'\f' || start || '"service_record":[{"activity":' || added.id || E',"ends_at":\fa,"id":\fb,"minutes":\fc,"request":'
		|| caller.request || E',"starts_at":\fd,"volunteer":\fe}]}\n';
	WITH record AS MATERIALIZED (
		SELECT last + l.place AS id, l.volunteer, l.starts_at, l.ends_at, date_part('epoch', l.ends_at - l.starts_at)::int / 60 AS minutes
		FROM unnest(line.volunteers, line.starts, line.ends) WITH ORDINALITY AS l (volunteer, starts_at, ends_at, place)
	), recorded AS (
		INSERT INTO ledger.service_record (id, activity, volunteer, starts_at, ends_at, minutes, request)
		SELECT r.id, added.id, r.volunteer, r.starts_at, r.ends_at, r.minutes, caller.request FROM record r
	)
	SELECT string_agg(concat_ws(E'\t', to_json(r.ends_at), r.id, r.minutes, to_json(r.starts_at), r.volunteer), E'\n'), sum(r.minutes)
		INTO leaves, total FROM record r;
	PERFORM core.import_done(caller, input);
	RETURN core.done_lines(jsonb_build_object('activity', added.id, 'records', cardinality(line.volunteers), 'first', last + 1,
			'last', last + cardinality(line.volunteers), 'minutes', total),
		start || core.row_text('activity', to_jsonb(added)) || E'}\n' || shape || leaves, cardinality(line.volunteers) + 1);
END $$;
