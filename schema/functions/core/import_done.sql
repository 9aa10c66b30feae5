-- Remembers the digest of the file that a request brought, so that it is not taken twice.
CREATE FUNCTION core.import_done(caller core.caller, input jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF input ? 'file' THEN
		INSERT INTO ledger.import_file (op, digest, request) VALUES (caller.op, caller.personal -> (input ->> 'file') ->> 'value', caller.request);
	END IF;
END $$;
