-- The ledger's name; NULL before it was founded.
CREATE FUNCTION api.aud() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
	SELECT i.aud FROM ledger.identity i
$$;
