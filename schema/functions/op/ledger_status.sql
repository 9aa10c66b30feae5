-- How far the ledger has come: its log, its last entry, and how much of everything there is. A city has half a million volunteers: a
-- session counts those that requests have added since it last counted (lovebank.volunteers: up to which request, how many).
CREATE FUNCTION op.ledger_status(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	last    ledger.request;
	head    jsonb := core.head();
	counted CONSTANT bigint[] := coalesce(nullif(current_setting('lovebank.volunteers', true), ''), '{0,0}')::bigint[];
	volunteers bigint;
BEGIN
	SELECT q.* INTO last FROM ledger.request q ORDER BY q.number DESC LIMIT 1;
	volunteers := counted[2] + (SELECT count(*) FROM ledger.volunteer v WHERE v.request > counted[1]);
	PERFORM set_config('lovebank.volunteers', ARRAY[coalesce(last.number, 0), volunteers]::text, false);
	RETURN core.done(jsonb_strip_nulls(jsonb_build_object('aud', (SELECT i.aud FROM ledger.identity i), 'log_size', head -> 'size', 'log_root', head -> 'root',
		'as_of', core.utc_text(last.recorded_at), 'requests', coalesce(last.number, 0),
		'entries', coalesce((SELECT max(e.number) FROM ledger.entry e), 0), 'accounts', coalesce((SELECT max(a.id) FROM ledger.account a), 0),
		'nodes', (SELECT count(*) FROM ledger.node), 'operators', (SELECT count(*) FROM ledger.operator),
		'volunteers', volunteers, 'teams', (SELECT count(*) FROM ledger.team),
		'shops', (SELECT count(*) FROM ledger.shop), 'funds', (SELECT count(*) FROM ledger.fund))));
END $$;
