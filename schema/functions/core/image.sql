-- A row as it stands in a leaf: {"rows": {table: [row]}}. Amounts are decimal strings, commitments base64url, absent values left out.
CREATE FUNCTION core.image(tab text, image jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN jsonb_build_object('rows', jsonb_build_object(tab, jsonb_build_array((
	SELECT jsonb_object_agg(key, CASE
		WHEN key = ANY ('{amount,points,fen,balance,min_balance,unsettled_limit,return_limit,fen_per_point,till_daily_points,volunteer_daily_points}')
			THEN to_jsonb(value #>> '{}')
		WHEN value #>> '{}' ~ '^\\x[0-9a-f]{64}$' AND key = ANY ('{name,phone,in_charge,donor,payee}')
			THEN to_jsonb(core.base64url(decode(substr(value #>> '{}', 3), 'hex')))
		ELSE value END)
	FROM jsonb_each(jsonb_strip_nulls(image)) AS member (key, value)))));
