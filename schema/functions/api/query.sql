-- Answers a read for a key, all from one snapshot: {"head", "result"} or {"head", "code", "field", "params"}.
CREATE FUNCTION api.query(op text, kid text, input jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
	head   CONSTANT jsonb := jsonb_build_object('head', core.head());
	who    record;
	caller core.caller;
	said   core.outcome;
BEGIN
	SELECT o.id, o.person, r.operator IS NOT NULL AS revoked INTO who
		FROM ledger.operator o LEFT JOIN ledger.operator_revocation r ON r.operator = o.id WHERE o.kid = query.kid;
	IF who.id IS NULL THEN
		RETURN head || core.problem('unknown_key');
	ELSIF who.revoked THEN
		RETURN head || core.problem('revoked_key');
	END IF;
	caller := (who.id, who.person, kid, op, core.grants(who.id, op), NULL, NULL, core.shanghai_date(core.now()), NULL);
	IF caller.nodes IS NULL THEN
		RETURN head || core.problem('not_allowed');
	ELSIF input ? 'cursor' AND op <> 'ledger_rows' AND core.cursor_decode(input ->> 'cursor') IS NULL THEN   -- ledger_rows has keys for cursors
		RETURN head || core.problem('bad_cursor', 'cursor');
	END IF;
	EXECUTE format('SELECT * FROM op.%I($1, $2)', op) INTO said USING caller, input;
	IF said.code IS NOT NULL THEN
		RETURN head || core.problem(said.code, said.field, said.params);
	END IF;
	RETURN head || jsonb_build_object('result', said.result);
END $$;
