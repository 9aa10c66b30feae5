-- A posting as it stands in a leaf, in canonical text; lots is '[lot,"amount"],...' or NULL. Inlined where it is called.
CREATE FUNCTION core.posting_text(number text, owner bigint, restricted boolean, purpose int, fund int, amount bigint,
	version bigint, balance bigint, lots text) RETURNS text
LANGUAGE sql STABLE
RETURN '{"account":"' || number || '","amount":"' || amount || '","balance":"' || balance || '"'
	|| CASE WHEN fund <> 0 THEN ',"fund":' || fund ELSE '' END || coalesce(',"lots":[' || lots || ']', '') || ',"owner":' || owner
	|| CASE WHEN purpose <> 0 OR restricted THEN ',"purpose":' || purpose || ',"restricted":' || restricted ELSE '' END
	|| ',"version":' || version || '}';
