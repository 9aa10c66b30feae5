-- The rows of one table of the database, page by page in the order of its key, as their images stand in leaves: to be compared with the
-- log. No personal value is among them. For those whose grant reaches over the whole ledger. A page ends after four million bytes.
CREATE FUNCTION op.ledger_rows(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most  CONSTANT int := coalesce((input ->> 'limit')::int, 500);
	after jsonb;
	one   record;
	bytes bigint := 0;
	page  jsonb[] := '{}'::jsonb[];
	place jsonb;
	more  boolean := false;
BEGIN
	IF NOT core.whole_scope(caller) THEN
		RETURN core.refuse('not_allowed');
	ELSIF NOT EXISTS (SELECT FROM core.audited_tables() a WHERE a.tab = input ->> 'table') THEN
		RETURN core.refuse('unknown_table', 'table', jsonb_build_object('table', input ->> 'table'));
	END IF;
	BEGIN
		after := convert_from(core.from_base64url(input ->> 'cursor'), 'UTF8')::jsonb;
		FOR one IN SELECT r.image, r.key FROM core.audited_rows(input ->> 'table', after, most + 1) r LOOP
			more := (cardinality(page) >= most OR bytes > 4000000) AND one.key IS DISTINCT FROM place;   -- rows of one key stay together
			EXIT WHEN more;
			bytes := bytes + octet_length(one.image::text);
			page := page || jsonb_build_object('row', one.image);
			place := one.key;
		END LOOP;
		more := more OR cardinality(page) > most;
	EXCEPTION WHEN data_exception THEN
		RETURN core.refuse('bad_cursor', 'cursor');
	END;
	RETURN core.done(jsonb_strip_nulls(jsonb_build_object('next', CASE WHEN more THEN core.base64url(convert_to(place::text, 'UTF8')) END))
		|| jsonb_build_object('rows', to_jsonb(page)));
END $$;
