-- A row as it stands in a leaf: {"rows": {table: [row]}}.
CREATE FUNCTION core.image(tab text, image jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN ('{"rows":{' || core.row_text(tab, image) || '}}')::jsonb;
END $$;
