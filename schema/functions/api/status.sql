-- What lovebankd status shows: the ledger's name, whether a writer holds the lock, and how much there is.
CREATE FUNCTION api.status() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object('aud', (SELECT i.aud FROM ledger.identity i), 'log', core.head(),
		'writer', EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
			WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()
			AND l.classid = 0 AND l.objid = (hashtext('lovebank writer')::bigint & 4294967295)::oid),
		'requests', (SELECT coalesce(max(q.number), 0) FROM ledger.request q),
		'entries', (SELECT coalesce(max(e.number), 0) FROM ledger.entry e),
		'migration', (SELECT max(m.number) FROM ledger.migration m))
$$;
