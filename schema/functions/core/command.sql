-- Carries out one signed command for the key that signed it: what api.commands says, but for the place.
-- The same bytes again get the answer they got; that comes before their lifetime is judged.
CREATE FUNCTION core.command(op text, kid text, jti uuid, iat bigint, exp bigint, hash bytea,
	protected bytea, payload bytea, signature bytea, aside jsonb) RETURNS SETOF core.said
LANGUAGE plpgsql AS $$
DECLARE
	moment timestamptz := core.now();
	who    record;
	last   record;
	fault  text;
	caller core.caller;
	input  jsonb;
	said   core.outcome;
	leaves int;
BEGIN
	SELECT o.id, o.person, r.operator IS NOT NULL AS revoked INTO who
		FROM ledger.operator o LEFT JOIN ledger.operator_revocation r ON r.operator = o.id WHERE o.kid = command.kid;
	IF who.id IS NULL AND op = 'ledger_found' AND NOT EXISTS (SELECT FROM ledger.operator) THEN
		caller.nodes := '{}';
		SELECT 0 AS id, 0 AS person, false AS revoked INTO who;
	ELSIF who.id IS NULL THEN
		RETURN NEXT core.answer(core.problem('unknown_key'));
		RETURN;
	ELSIF who.revoked THEN
		RETURN NEXT core.answer(core.problem('revoked_key'));
		RETURN;
	END IF;
	SELECT q.number INTO last FROM ledger.request q WHERE q.operator = who.id AND q.jti = command.jti;
	IF last.number IS NOT NULL THEN
		RETURN NEXT core.answer(core.replay(last.number, hash));
		RETURN;
	END IF;
	fault := core.lifetime_fault(iat, exp, moment);
	IF fault IS NOT NULL THEN
		RETURN NEXT core.answer(core.lifetime_problem(fault, moment));
		RETURN;
	END IF;
	caller.nodes := coalesce(core.grants(who.id, op), caller.nodes);
	IF caller.nodes IS NULL THEN
		RETURN NEXT core.answer(core.problem('not_allowed'));
		RETURN;
	END IF;
	IF NOT core.is_normalized(convert_from(payload, 'UTF8')) OR NOT core.is_normalized(aside::text) THEN
		RETURN NEXT core.answer(core.problem('not_normalized'));
		RETURN;
	END IF;
	input := convert_from(payload, 'UTF8')::jsonb;
	last := core.last_request();
	caller.operator := who.id;
	caller.person := who.person;
	caller.kid := kid;
	caller.op := op;
	caller.request := last.number + 1;
	caller.recorded_at := greatest(moment, last.recorded_at + interval '1 microsecond');
	caller.today := core.shanghai_date(caller.recorded_at);
	caller.personal := aside -> 'personal';
	EXECUTE format('SELECT * FROM op.%I($1, $2)', op) INTO said USING caller, input || coalesce(aside -> 'proof', '{}');
	IF said.code IS NOT NULL THEN
		RETURN NEXT core.answer(core.problem(said.code, said.field, said.params));
		RETURN;
	END IF;
	leaves := coalesce(said.count, jsonb_array_length(said.leaves));
	INSERT INTO ledger.request (number, operator, jti, op, hash, protected, payload, signature, recorded_at, leaf_first, leaf_count, result)
		VALUES (caller.request, who.id, jti, op, hash, protected, payload, signature,
			caller.recorded_at + (leaves - 1) * interval '1 microsecond', last.leaf_next, leaves, said.result);
	INSERT INTO ledger.personal (commitment, salt, value)
		SELECT core.from_base64url(p.key), core.from_base64url(p.value ->> 'salt'), p.value ->> 'value'
		FROM jsonb_each(caller.personal) AS p ON CONFLICT DO NOTHING;
	IF said.lines IS NULL THEN
		RETURN NEXT core.answer(jsonb_build_object('result', said.result, 'leaves', said.leaves, 'first', last.leaf_next,
			'recorded_at', core.utc_text(caller.recorded_at)));
		RETURN;
	END IF;
	RETURN NEXT ROW(0, NULL, core.canonical(said.result), last.leaf_next, said.lines, said.count)::core.said;
END $$;
