-- Which request brought the file of this one before, for the refusal already_imported; NULL when none did or there is no file.
CREATE FUNCTION core.imported(caller core.caller, input jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('request', q.number, 'recorded_at', core.utc_text(q.recorded_at))
	FROM ledger.import_file f JOIN ledger.request q ON q.number = f.request
	WHERE f.op = (caller).op AND f.digest = (caller).personal -> (input ->> 'file') ->> 'value'
$$;
