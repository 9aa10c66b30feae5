-- The sums of a statement's sections.
CREATE FUNCTION core.statement_sums(lines jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN (SELECT jsonb_object_agg(section, coalesce(total, 0)::text)
	FROM unnest('{taken_over,income,spending,transfer,otherwise}'::text[]) AS s (section)
	LEFT JOIN (SELECT line ->> 'section' AS section, sum((line ->> 'amount')::bigint) AS total
		FROM jsonb_array_elements(lines) AS l (line) GROUP BY 1) AS t USING (section));
