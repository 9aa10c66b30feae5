-- Canonical text of a JSON value of our profile: members sorted bytewise, no spaces (equals RFC 8785 there). For results of commands
-- whose leaves are text; whatever else is signed or hashed the daemon makes canonical.
CREATE FUNCTION core.canonical(value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN CASE jsonb_typeof(value)
		WHEN 'object' THEN '{' || coalesce((SELECT string_agg(to_json(m.key)::text || ':' || CASE
				WHEN jsonb_typeof(m.value) IN ('object', 'array') THEN core.canonical(m.value) ELSE m.value::text END, ',' ORDER BY m.key COLLATE "C")
			FROM jsonb_each(value) AS m), '') || '}'
		WHEN 'array' THEN '[' || coalesce((SELECT string_agg(core.canonical(i.value), ',' ORDER BY i.place)
			FROM jsonb_array_elements(value) WITH ORDINALITY AS i (value, place)), '') || ']'
		ELSE value::text END;
END $$;
