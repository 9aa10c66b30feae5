-- The keys of the ledger itself, the oldest first: since which leaf each is in force, and until which it was.
CREATE FUNCTION op.ledger_keys(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN core.done(jsonb_build_object('rows', (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', h.id, 'use', h.use,
			'state', CASE WHEN h.ended IS NULL THEN 'active' ELSE 'ended' END, 'kid', h.kid, 'public', h.public, 'made', h.made, 'ended', h.ended,
			'reason', h.reason)) ORDER BY h.id), '[]')
		FROM core.key_history() h)));
END $$;
