-- Books a file of income, all lines or none, an entry a line: posts as income_receive does. The same file is taken once.
CREATE FUNCTION op.income_import(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	file   CONSTANT text := caller.personal -> (input ->> 'file') ->> 'value';
	before record;
	said   core.outcome;
	leaves jsonb;
BEGIN
	SELECT q.number, q.recorded_at INTO before FROM ledger.import_file f JOIN ledger.request q ON q.number = f.request
		WHERE f.op = caller.op AND f.digest = file;
	IF before.number IS NOT NULL THEN
		RETURN core.refuse('already_imported', 'file',
			jsonb_build_object('request', before.number, 'recorded_at', core.utc_text(before.recorded_at)));
	END IF;
	said := core.income_refusal(caller, input -> 'lines', true);
	IF said.code IS NOT NULL THEN
		RETURN said;
	END IF;
	leaves := core.income_post(caller, input -> 'lines');
	INSERT INTO ledger.import_file (op, digest, request) VALUES (caller.op, file, caller.request);
	RETURN core.done(jsonb_build_object('lines', jsonb_array_length(leaves), 'first_entry', leaves -> 0 -> 'entry',
		'last_entry', leaves -> -1 -> 'entry',
		'amount', (SELECT sum((line ->> 'amount')::bigint)::text FROM jsonb_array_elements(input -> 'lines') AS l (line))), leaves);
END $$;
