-- A row as it stands among the rows of a leaf, in canonical text: "table":[{...}]. Amounts are decimal strings, commitments base64url,
-- absent values left out. (Canonical but for a value that is an object itself.)
CREATE FUNCTION core.row_text(tab text, image jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT '"' || tab || '":[{' || string_agg('"' || key || '":' || CASE
			WHEN key = ANY ('{amount,points,fen,balance,min_balance,unsettled_limit,return_limit,fen_per_point,till_daily_points,volunteer_daily_points}')
				THEN '"' || (value #>> '{}') || '"'
			WHEN key = ANY ('{name,phone,in_charge,donor,payee}') AND value #>> '{}' ~ '^\\x[0-9a-f]{64}$'
				THEN '"' || core.base64url(decode(substr(value #>> '{}', 3), 'hex')) || '"'
			ELSE value::text END, ',' ORDER BY key COLLATE "C") || '}]'
		FROM jsonb_each(image) AS member (key, value) WHERE value <> 'null');
END $$;
