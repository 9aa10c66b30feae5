-- The entries that touch the caller's scope, by number: of one kind or fund, from one number to another if asked.
CREATE FUNCTION op.entry_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most  CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	first CONSTANT bigint := greatest((input ->> 'from')::bigint, core.cursor_decode(input ->> 'cursor') + 1, 1);
	last  CONSTANT bigint := coalesce((input ->> 'to')::bigint, 9223372036854775807);
	one   ledger.fund := core.fund_named(caller, input ->> 'fund');
BEGIN
	IF input ? 'fund' AND one.node IS NULL THEN
		RETURN core.refuse('unknown_fund', 'fund', jsonb_build_object('code', input ->> 'fund'));
	END IF;
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('entry', e.number, 'kind', e.kind, 'book', e.book,
			'occurred_on', e.occurred_on, 'recorded_at', core.utc_text(e.recorded_at),
			'amount', (SELECT sum(p.amount)::text FROM core.postings_of(e.number) p WHERE p.amount > 0),
			'reverses', e.reverses, 'reversed_by', r.number)) ORDER BY e.number), array_agg(e.number ORDER BY e.number), most)
		FROM core.entries_listed(caller, first, last, most + 1, input ->> 'kind', one.node) e
		LEFT JOIN LATERAL (SELECT x.number FROM ledger.entry x WHERE x.reverses = e.number LIMIT 1) AS r ON true));
END $$;
