-- The keys of the ledger itself, the oldest first, for the daemon: which of its files are in force.
CREATE FUNCTION api.ledger_keys() RETURNS TABLE (id int, use text, kid text, text text, made bigint, ended bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT h.id, h.use, h.kid, h.public, h.made, h.ended FROM core.key_history() h;
END $$;
