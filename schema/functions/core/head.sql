-- The log as of this snapshot: its size and root.
CREATE FUNCTION core.head() RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT jsonb_build_object('size', c.size, 'root', core.base64url(c.root))
		FROM ledger.checkpoint c ORDER BY c.size DESC LIMIT 1),
		jsonb_build_object('size', 0, 'root', core.base64url(sha256(''))));
END $$;
