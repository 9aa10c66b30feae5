-- Carries out a signed command, whose signature, shape and addressee C has checked, for the key that signed it.
-- Decides in the caller's transaction whether the key may; keeps the request; answers
-- {"result", "leaves", "first"} or {"result", "replay", "first", "count", "evidence"} or {"code", "field", "params"}.
-- The same bytes again get the answer they got; that comes before their lifetime is judged. Their evidence is that of the commit
-- which posted them; there is none yet while that is under way.
CREATE FUNCTION api.command(op text, kid text, jti uuid, iat bigint, exp bigint, hash bytea,
	protected bytea, payload bytea, signature bytea, aside jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
	skew   CONSTANT interval := interval '60 seconds';
	moment timestamptz := core.now();
	who    record;
	last   record;
	caller core.caller;
	input  jsonb;
	said   core.outcome;
BEGIN
	SELECT o.id, o.person, r.operator IS NOT NULL AS revoked INTO who
		FROM ledger.operator o LEFT JOIN ledger.operator_revocation r ON r.operator = o.id WHERE o.kid = command.kid;
	IF who.id IS NULL AND op = 'ledger_found' AND NOT EXISTS (SELECT FROM ledger.operator) THEN
		caller.nodes := '{}';
		SELECT 0 AS id, 0 AS person, false AS revoked INTO who;
	ELSIF who.id IS NULL THEN
		RETURN core.problem('unknown_key');
	ELSIF who.revoked THEN
		RETURN core.problem('revoked_key');
	END IF;
	SELECT q.hash = command.hash AS same, q.result, q.leaf_first, q.leaf_count INTO last
		FROM ledger.request q WHERE q.operator = who.id AND q.jti = command.jti;
	IF last.same THEN
		RETURN jsonb_strip_nulls(jsonb_build_object('replay', true, 'first', last.leaf_first, 'count', last.leaf_count, 'evidence',
			core.evidence(last.leaf_first, last.leaf_first + last.leaf_count - 1, core.sealed_size(last.leaf_first), core.is_closed(op))))
			|| jsonb_build_object('result', last.result);
	ELSIF NOT last.same THEN
		RETURN core.problem('jti_reused', 'jti');
	ELSIF moment > to_timestamp(exp) + skew THEN
		RETURN core.problem('expired', 'exp', jsonb_build_object('server_time', core.utc_text(moment)));
	ELSIF moment < to_timestamp(iat) - skew THEN
		RETURN core.problem('from_the_future', 'iat', jsonb_build_object('server_time', core.utc_text(moment)));
	END IF;
	caller.nodes := coalesce(core.grants(who.id, op), caller.nodes);
	IF caller.nodes IS NULL THEN
		RETURN core.problem('not_allowed');
	END IF;
	input := convert_from(payload, 'UTF8')::jsonb;
	IF input::text IS NOT NFC NORMALIZED OR aside::text IS NOT NFC NORMALIZED THEN
		RETURN core.problem('not_normalized');
	END IF;
	SELECT q.number, q.leaf_first + q.leaf_count AS leaf_first, q.recorded_at INTO last
		FROM ledger.request q ORDER BY q.number DESC LIMIT 1;
	caller.operator := who.id;
	caller.person := who.person;
	caller.kid := kid;
	caller.op := op;
	caller.request := coalesce(last.number, 0) + 1;
	caller.recorded_at := greatest(moment, last.recorded_at + interval '1 microsecond');
	caller.today := core.shanghai_date(caller.recorded_at);
	caller.personal := aside -> 'personal';
	EXECUTE format('SELECT * FROM op.%I($1, $2)', op) INTO said USING caller, input || coalesce(aside -> 'proof', '{}');
	IF said.code IS NOT NULL THEN
		RETURN core.problem(said.code, said.field, said.params);
	END IF;
	INSERT INTO ledger.request (number, operator, jti, op, hash, protected, payload, signature, recorded_at, leaf_first, leaf_count, result)
		VALUES (caller.request, who.id, jti, op, hash, protected, payload, signature,
			caller.recorded_at + (jsonb_array_length(said.leaves) - 1) * interval '1 microsecond',
			coalesce(last.leaf_first, 0), jsonb_array_length(said.leaves), said.result);
	INSERT INTO ledger.personal (commitment, salt, value)
		SELECT core.from_base64url(p.key), core.from_base64url(p.value ->> 'salt'), p.value ->> 'value'
		FROM jsonb_each(caller.personal) AS p ON CONFLICT DO NOTHING;
	RETURN jsonb_build_object('result', said.result, 'leaves', said.leaves, 'first', coalesce(last.leaf_first, 0),
		'recorded_at', core.utc_text(caller.recorded_at));
END $$;
