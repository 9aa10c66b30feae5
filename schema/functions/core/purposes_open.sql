-- Makes the purposes among those labels that nobody used before, and returns the image of their rows, NULL when there were none.
-- Writes: decide first.
CREATE FUNCTION core.purposes_open(caller core.caller, labels text[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	last   int := coalesce((SELECT max(p.id) FROM ledger.purpose p), 0);
	opened jsonb;
BEGIN
	WITH made AS (
		INSERT INTO ledger.purpose (id, label, request)
		SELECT last + row_number() OVER (ORDER BY min(place)), label, caller.request
		FROM unnest(labels) WITH ORDINALITY AS l (label, place)
		WHERE label IS NOT NULL AND NOT EXISTS (SELECT FROM ledger.purpose p WHERE p.label = l.label)
		GROUP BY label RETURNING *
	)
	SELECT jsonb_agg(to_jsonb(made) ORDER BY id) INTO opened FROM made;
	RETURN CASE WHEN opened IS NOT NULL THEN jsonb_build_object('rows', jsonb_build_object('purpose', opened)) END;
END $$;
