-- The label of a purpose; NULL for none.
CREATE FUNCTION core.purpose_label(purpose int) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT p.label FROM ledger.purpose p WHERE p.id = purpose
$$;
