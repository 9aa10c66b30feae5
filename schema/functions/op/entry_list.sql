-- The entries that touch the caller's scope, by number: of one kind or fund, from one number to another if asked.
CREATE FUNCTION op.entry_list(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	most  CONSTANT int := coalesce((input ->> 'limit')::int, 50);
	first CONSTANT bigint := greatest(coalesce((input ->> 'from')::bigint, 0), coalesce(core.cursor_decode(input ->> 'cursor'), 0) + 1);
	one   ledger.fund := core.fund_named(caller, input ->> 'fund');
BEGIN
	IF input ? 'fund' AND one.node IS NULL THEN
		RETURN core.refuse('unknown_fund', 'fund', jsonb_build_object('code', input ->> 'fund'));
	END IF;
	RETURN core.done((SELECT core.page(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('entry', number, 'kind', kind, 'book', book,
			'occurred_on', occurred_on, 'recorded_at', core.utc_text(recorded_at), 'amount', amount::text, 'reverses', reverses,
			'reversed_by', reversed_by)) ORDER BY number), array_agg(number ORDER BY number), most)
		FROM (SELECT e.*, r.number AS reversed_by,
				(SELECT sum(p.amount) FROM ledger.posting p WHERE p.entry = e.number AND p.amount > 0) AS amount
			FROM ledger.entry e LEFT JOIN ledger.entry r ON r.reverses = e.number
			WHERE e.number BETWEEN first AND coalesce((input ->> 'to')::bigint, 9223372036854775807)
			AND (NOT input ? 'kind' OR e.kind = input ->> 'kind')
			AND (NOT input ? 'fund' OR e.book = 'money' AND EXISTS (SELECT FROM ledger.posting p JOIN ledger.account a ON a.id = p.account
				WHERE p.entry = e.number AND a.owner = one.node))
			AND core.entry_visible(caller, e.number)
			ORDER BY e.number LIMIT most + 1) AS listed));
END $$;
