-- The evidence of every leaf that registered or ended a key of the ledger, in order of the log, each against the checkpoint of its commit.
CREATE FUNCTION api.key_receipts() RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_agg(core.evidence(q.leaf_first, q.leaf_first, core.sealed_size(q.leaf_first)) ORDER BY q.number), '[]')
		FROM ledger.request q
		WHERE q.number IN (SELECT k.request FROM ledger.ledger_key k UNION SELECT e.request FROM ledger.ledger_key_end e));
END $$;
