-- The tables that auditors compare with the log: each with what it is ordered by (NULL: its primary key) and what is shown of its row t.
-- A table of the schema ledger that is not named here is shown as core.image shows it in leaves. Runs of postings are shown as postings,
-- and so is the posting that made a lot.
CREATE FUNCTION core.audited_tables() RETURNS TABLE (tab text, relation regclass, keys text[], form text)
LANGUAGE sql STABLE AS $$
	SELECT t.name, format('%I.%I', t.nspname, t.name)::regclass,
		coalesce(own.keys, (SELECT array_agg(a.attname::text ORDER BY k.place) FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k (attnum, place),
			pg_attribute a WHERE i.indrelid = t.oid AND i.indisprimary AND a.attrelid = t.oid AND a.attnum = k.attnum)),
		coalesce(own.form, format('core.image(%L, to_jsonb(t)) -> ''rows'' -> %1$L -> 0', t.name))
	FROM (SELECT c.oid, c.relname::text AS name, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND (n.nspname = 'ledger' OR n.nspname = 'core' AND c.relname = 'matrix') AND c.relname <> 'posting_run') AS t
	LEFT JOIN (VALUES
		('account', NULL::text[], 'jsonb_build_object(''number'', t.number, ''owner'', t.owner, ''purpose'', t.purpose,
			''restricted'', t.restricted, ''balance'', t.balance::text, ''version'', t.version, ''redeemed_on'', t.redeemed_on,
			''redeemed'', t.redeemed::text)'),
		('lot', NULL, '(SELECT jsonb_build_object(''id'', t.id, ''number'', a.number, ''owner'', a.owner, ''entry'', t.entry, ''amount'', t.amount::text,
			''remaining'', t.remaining::text, ''expires_on'', t.expires_on) FROM ledger.account a WHERE a.id = t.account)'),
		('service_open', NULL, 'jsonb_build_object(''activity'', t.activity, ''records'', t.records)'),
		('posting', NULL, '(SELECT jsonb_strip_nulls(jsonb_build_object(''account'', a.number, ''owner'', a.owner, ''purpose'', a.purpose,
			''restricted'', a.restricted, ''entry'', t.entry, ''line'', t.line, ''amount'', t.amount::text, ''balance'', t.balance::text,
			''version'', t.version, ''lots'', (SELECT jsonb_agg(jsonb_build_array(u.lot, u.moved::text) ORDER BY u.place)
				FROM unnest(t.lots, t.lot_amounts) WITH ORDINALITY AS u (lot, moved, place)))) FROM ledger.account a WHERE a.id = t.account)'),
		('entry', NULL, 'jsonb_strip_nulls(jsonb_build_object(''number'', t.number, ''recorded_at'', core.utc_text(t.recorded_at), ''request'', t.request,
			''reverses'', t.reverses, ''occurred_on'', t.occurred_on, ''kind'', t.kind, ''book'', t.book))'),
		('request', NULL, 'jsonb_build_object(''number'', t.number, ''leaf_first'', t.leaf_first, ''leaf_count'', t.leaf_count,
			''recorded_at'', core.utc_text(t.recorded_at), ''operator'', t.operator, ''jti'', core.base64url(uuid_send(t.jti)), ''op'', t.op,
			''hash'', core.base64url(t.hash), ''protected'', core.base64url(t.protected), ''payload'', core.base64url(t.payload),
			''signature'', core.base64url(t.signature), ''result'', t.result)'),
		('tile', NULL, 'jsonb_build_object(''level'', t.level, ''index'', t.index, ''hash'', core.base64url(sha256(t.hashes)))'),
		('tile_root', NULL, 'jsonb_build_object(''level'', t.level, ''index'', t.index, ''root'', core.base64url(t.root))'),
		('checkpoint', NULL, 'jsonb_build_object(''size'', t.size, ''root'', core.base64url(t.root), ''signature'', core.base64url(t.signature))'),
		('migration', NULL, 'jsonb_build_object(''number'', t.number)'),
		('import_file', '{request,op}', 'jsonb_build_object(''op'', t.op, ''request'', t.request)'),
		('personal', NULL, 'jsonb_build_object(''commitment'', core.base64url(t.commitment),
			''opens'', sha256(t.salt || convert_to(t.value, ''UTF8'')) = t.commitment)'),
		('personal_sealed', NULL, 'jsonb_build_object(''commitment'', core.base64url(t.commitment),
			''opens'', sha256(t.salt || convert_to(t.value, ''UTF8'')) = t.commitment, ''until'', t.until)')
	) AS own (name, keys, form) USING (name)
$$;
