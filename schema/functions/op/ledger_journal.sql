-- The journal, page by page: every entry that touches the caller's scope with its postings, by number. For exports and audits.
CREATE FUNCTION op.ledger_journal(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most  CONSTANT int := coalesce((input ->> 'limit')::int, 500);
	first CONSTANT bigint := greatest((input ->> 'from')::bigint, core.cursor_decode(input ->> 'cursor') + 1, 1);
	last  CONSTANT bigint := coalesce((input ->> 'to')::bigint, 9223372036854775807);
BEGIN
	RETURN core.done((
		WITH listed AS MATERIALIZED (
			SELECT * FROM core.entries_visible(caller, first, last, most + 1, book => input ->> 'book')
		)
		SELECT core.page(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('entry', l.number, 'kind', l.kind, 'book', l.book,
				'occurred_on', l.occurred_on, 'recorded_at', core.utc_text(l.recorded_at), 'reverses', l.reverses,
				'postings', p.postings)) ORDER BY l.number), array_agg(l.number ORDER BY l.number), most)
		FROM listed l JOIN core.entry_postings(caller, (SELECT array_agg(x.number) FROM listed x)) AS p ON p.entry = l.number));
END $$;
