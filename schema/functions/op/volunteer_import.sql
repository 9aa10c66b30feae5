-- Registers the volunteers of a file, all or none: each in its line's community, or in that of the whole file;
-- with its line's number or a new random one. One leaf a line. Each node and number is looked up by itself (LIMIT).
CREATE FUNCTION op.volunteer_import(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	before jsonb := core.imported(caller, input);
	fault  record;
	fresh  bigint[];
	list   jsonb;
	leaves jsonb;
BEGIN
	IF before IS NOT NULL THEN
		RETURN core.refuse('already_imported', 'file', before);
	END IF;
	SELECT judged.* INTO fault FROM (
		SELECT l.place, CASE WHEN l.code IS NULL THEN 'missing_field' WHEN n.id IS NULL THEN 'unknown_community'
				WHEN core.looks_like_phone(l.number) THEN 'looks_like_phone'
				WHEN v.number IS NOT NULL OR row_number() OVER (PARTITION BY l.number ORDER BY l.place) > 1 AND l.number IS NOT NULL
					THEN 'already_exists' END AS refused,
			CASE WHEN n.id IS NULL THEN 'community' ELSE 'number' END AS field,
			CASE WHEN l.code IS NULL THEN NULL WHEN n.id IS NULL THEN jsonb_build_object('code', l.code)
				WHEN NOT core.looks_like_phone(l.number) THEN jsonb_build_object('number', l.number) END AS params
		FROM core.volunteer_lines(input) AS l
		LEFT JOIN LATERAL (SELECT x.id FROM ledger.node x WHERE x.code = l.code AND x.kind = 'community' AND core.in_scope(caller, x.path) LIMIT 1) AS n ON true
		LEFT JOIN LATERAL (SELECT x.number FROM ledger.volunteer x WHERE x.number = l.number LIMIT 1) AS v ON true) AS judged
	WHERE refused IS NOT NULL ORDER BY place LIMIT 1;
	IF fault.refused IS NOT NULL THEN
		RETURN core.refuse(fault.refused, format('lines/%s/%s', fault.place - 1, fault.field), fault.params);
	END IF;
	fresh := core.fresh_numbers(jsonb_array_length(input -> 'lines'));
	WITH added AS (
		INSERT INTO ledger.volunteer (number, community, name, phone, request)
		SELECT coalesce(l.number, fresh[l.place]), n.id, l.name, l.phone, caller.request
		FROM core.volunteer_lines(input) AS l CROSS JOIN LATERAL (SELECT x.id FROM ledger.node x WHERE x.code = l.code LIMIT 1) AS n RETURNING volunteer
	)
	SELECT jsonb_agg(jsonb_build_object('line', l.place, 'volunteer', (volunteer).number) ORDER BY l.place),
		jsonb_agg(core.image('volunteer', to_jsonb(volunteer)) ORDER BY l.place)
	INTO list, leaves FROM added JOIN core.volunteer_lines(input) AS l ON (volunteer).number = coalesce(l.number, fresh[l.place]);
	PERFORM core.import_done(caller, input);
	RETURN core.done(jsonb_build_object('imported', jsonb_array_length(leaves), 'rows', list), leaves);
END $$;
