-- Rows of a table as auditors see them, after a key, in its order: each with its key; rows of the same key together, also beyond the
-- most. No key: from the first. Of the table of leaves, which holds runs of them, each leaf is a row: its index and its digest. Postings
-- in runs and lots are rows too.
CREATE FUNCTION core.audited_rows(tab text, after jsonb, most int) RETURNS TABLE (image jsonb, key jsonb)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	source record;
	names  text;
	places text;   -- the values of the key, of the types of their columns
BEGIN
	IF tab = 'leaf' THEN
		RETURN QUERY SELECT jsonb_build_object('index', l.first + u.place - 1, 'hash', core.base64url(sha256(u.body))), jsonb_build_array(l.first, u.place)
			FROM ledger.leaf l CROSS JOIN LATERAL unnest(l.bodies) WITH ORDINALITY AS u (body, place)
			WHERE l.first >= coalesce((after ->> 0)::bigint, -9223372036854775808)
			AND (after IS NULL OR (l.first, u.place) > ((after ->> 0)::bigint, (after ->> 1)::bigint))
			ORDER BY l.first, u.place LIMIT most;
		RETURN;
	END IF;
	SELECT a.* INTO source FROM core.audited_tables() a WHERE a.tab = audited_rows.tab;
	SELECT string_agg(format('t.%I', k.name), ', ' ORDER BY k.place),
			string_agg(format('($1 ->> %s)::%s', k.place - 1, format_type(a.atttypid, NULL)), ', ' ORDER BY k.place) INTO names, places
		FROM unnest(source.keys) WITH ORDINALITY AS k (name, place) JOIN pg_attribute a ON a.attrelid = source.relation AND a.attname = k.name;
	RETURN QUERY EXECUTE format('SELECT %s, jsonb_build_array(%s) FROM %s t %s ORDER BY %2$s FETCH FIRST $2 ROWS WITH TIES', source.form, names,
		CASE tab WHEN 'posting' THEN 'core.postings_after(($1 ->> 0)::bigint, ($1 ->> 1)::bigint, $2)' ELSE source.relation::text END,
		CASE WHEN after IS NOT NULL THEN format('WHERE (%s) > (%s)', names, places) ELSE '' END) USING after, most;
END $$;
