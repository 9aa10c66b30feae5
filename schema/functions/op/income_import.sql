-- Books a file of income, all lines or none, an entry a line: posts as income_receive does. The same file is taken once.
CREATE FUNCTION op.income_import(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	before jsonb := core.imported(caller, input);
	lines  CONSTANT int := jsonb_array_length(input -> 'lines');
	first  CONSTANT bigint := coalesce((SELECT max(e.number) FROM ledger.entry e), 0) + 1;
	said   core.outcome;
	leaves text;
BEGIN
	IF before IS NOT NULL THEN
		RETURN core.refuse('already_imported', 'file', before);
	END IF;
	said := core.income_refusal(caller, input -> 'lines', true);
	IF said.code IS NOT NULL THEN
		RETURN said;
	END IF;
	leaves := core.income_post(caller, input -> 'lines');
	PERFORM core.import_done(caller, input);
	RETURN core.done_lines(jsonb_build_object('lines', lines, 'first_entry', first, 'last_entry', first + lines - 1,
		'amount', (SELECT sum((line ->> 'amount')::bigint)::text FROM jsonb_array_elements(input -> 'lines') AS l (line))), leaves, lines);
END $$;
