-- Images of several rows, {"rows": {table: [row, ...], ...}}: joins what core.image gave for each.
CREATE FUNCTION core.images(VARIADIC image jsonb[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN jsonb_build_object('rows', (
	SELECT jsonb_object_agg(tab, list) FROM (
		SELECT tab, jsonb_agg(item ORDER BY place, n) AS list
		FROM unnest(image) WITH ORDINALITY AS i (one, place),
		     jsonb_each(one -> 'rows') AS t (tab, items),
		     jsonb_array_elements(items) WITH ORDINALITY AS e (item, n)
		GROUP BY tab) AS grouped));
