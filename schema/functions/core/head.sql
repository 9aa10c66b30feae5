-- The log as of this snapshot: its size and root, and how often a key of the ledger itself was registered or ended.
CREATE FUNCTION core.head() RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT jsonb_build_object('size', c.size, 'root', core.base64url(c.root))
		FROM ledger.checkpoint c ORDER BY c.size DESC LIMIT 1),
		jsonb_build_object('size', 0, 'root', core.base64url(sha256(''))))
		|| jsonb_build_object('keys', (SELECT count(*) FROM ledger.ledger_key) + (SELECT count(*) FROM ledger.ledger_key_end));
END $$;
