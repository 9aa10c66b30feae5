-- Remembers the digest of the file that a request brought, so that it is not taken twice.
CREATE FUNCTION core.import_done(caller core.caller, input jsonb) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO ledger.import_file (op, digest, request)
	SELECT (caller).op, (caller).personal -> (input ->> 'file') ->> 'value', (caller).request WHERE input ? 'file'
$$;
