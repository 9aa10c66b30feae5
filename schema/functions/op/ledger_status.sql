-- How far the ledger has come: its log, its last entry, and how much of everything there is.
CREATE FUNCTION op.ledger_status(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	last ledger.request;
	head jsonb := core.head();
BEGIN
	SELECT q.* INTO last FROM ledger.request q ORDER BY q.number DESC LIMIT 1;
	RETURN core.done(jsonb_strip_nulls(jsonb_build_object('aud', (SELECT i.aud FROM ledger.identity i), 'log_size', head -> 'size', 'log_root', head -> 'root',
		'as_of', core.utc_text(last.recorded_at), 'requests', coalesce(last.number, 0),
		'entries', coalesce((SELECT max(e.number) FROM ledger.entry e), 0), 'accounts', coalesce((SELECT max(a.id) FROM ledger.account a), 0),
		'nodes', (SELECT count(*) FROM ledger.node), 'operators', (SELECT count(*) FROM ledger.operator),
		'volunteers', (SELECT count(*) FROM ledger.volunteer), 'teams', (SELECT count(*) FROM ledger.team),
		'shops', (SELECT count(*) FROM ledger.shop), 'funds', (SELECT count(*) FROM ledger.fund))));
END $$;
