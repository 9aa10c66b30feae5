-- The journal, page by page: every entry that touches the caller's scope with its postings, by number. For exports and audits.
CREATE FUNCTION op.ledger_journal(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most  CONSTANT int := coalesce((input ->> 'limit')::int, 500);
	first CONSTANT bigint := greatest(coalesce((input ->> 'from')::bigint, 0), coalesce(core.cursor_decode(input ->> 'cursor'), 0) + 1);
BEGIN
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('entry', number, 'kind', kind, 'book', book,
			'occurred_on', occurred_on, 'recorded_at', core.utc_text(recorded_at), 'reverses', reverses,
			'postings', core.entry_postings(number))) ORDER BY number), array_agg(number ORDER BY number), most)
		FROM (SELECT e.* FROM ledger.entry e
			WHERE e.number BETWEEN first AND coalesce((input ->> 'to')::bigint, 9223372036854775807)
			AND (NOT input ? 'book' OR e.book = input ->> 'book')
			AND core.entry_visible(caller, e.number)
			ORDER BY e.number LIMIT most + 1) AS listed));
END $$;
