-- The purpose of that label; 0 for none. NULL when nobody ever used the label.
CREATE FUNCTION core.purpose_named(label text) RETURNS int
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN purpose_named.label IS NULL THEN 0
		ELSE (SELECT p.id FROM ledger.purpose p WHERE p.label = purpose_named.label) END
$$;
