-- Takes an entry back by posting its negated lines on the day of the reversal, once at most. Only what has no way back of its own:
-- an opening balance, a transfer between funds, income; and only where the money is still there.
CREATE FUNCTION op.entry_reverse(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	e        ledger.entry;
	said     core.outcome;
	leaves   jsonb;
	reversal ledger.entry_reversal;
BEGIN
	SELECT x.* INTO e FROM core.entries_visible(caller, (input ->> 'entry')::bigint, (input ->> 'entry')::bigint) x;
	IF e.number IS NULL THEN
		RETURN core.refuse('unknown_entry', 'entry', jsonb_build_object('number', input -> 'entry'));
	ELSIF e.kind NOT IN ('fund_opening', 'fund_transfer', 'income') OR e.reverses IS NOT NULL THEN
		RETURN core.refuse('not_reversible', 'entry', jsonb_build_object('kind', e.kind));
	ELSIF EXISTS (SELECT FROM ledger.entry r WHERE r.reverses = e.number) THEN
		RETURN core.refuse('already_reversed', 'entry',
			jsonb_build_object('by', (SELECT r.number FROM ledger.entry r WHERE r.reverses = e.number)));
	ELSIF EXISTS (SELECT FROM ledger.posting p CROSS JOIN LATERAL (SELECT x.owner FROM ledger.account x WHERE x.id = p.account LIMIT 1) AS a
			WHERE p.entry = e.number AND NOT core.fund_visible(caller, a.owner::int)) THEN
		RETURN core.refuse('unknown_entry', 'entry', jsonb_build_object('number', input -> 'entry'));
	END IF;
	-- the fund that had received the money gives it back: what it was restricted to must still be there
	SELECT l.* INTO said FROM ledger.posting p
		CROSS JOIN LATERAL (SELECT x.number, x.owner FROM ledger.account x WHERE x.id = p.account LIMIT 1) AS a
		CROSS JOIN LATERAL (SELECT coalesce(max(r.purpose), 0) AS purpose FROM ledger.posting s
			CROSS JOIN LATERAL (SELECT x.purpose FROM ledger.account x WHERE x.id = s.account AND x.restricted LIMIT 1) AS r WHERE s.entry = p.entry) AS t
		CROSS JOIN LATERAL core.fund_limits(a.owner::int, p.amount, t.purpose, t.purpose <> 0, 'entry') AS l
		WHERE p.entry = e.number AND p.amount > 0 AND a.number = '1002' AND l.code IS NOT NULL LIMIT 1;
	IF said.code IS NOT NULL THEN
		RETURN said;
	END IF;
	leaves := core.post(caller, 'entry_reversal', e.book, caller.today, (SELECT array_agg(ROW(1, p.account, -p.amount, a.owner, NULL, NULL)::core.line
		ORDER BY p.line) FROM ledger.posting p CROSS JOIN LATERAL (SELECT x.owner FROM ledger.account x WHERE x.id = p.account LIMIT 1) AS a
		WHERE p.entry = e.number), e.number);
	INSERT INTO ledger.entry_reversal (entry, reason, person, request)
		VALUES ((leaves -> 0 ->> 'entry')::bigint, input ->> 'reason', caller.person, caller.request) RETURNING * INTO reversal;
	RETURN core.done(jsonb_build_object('entry', reversal.entry, 'reverses', e.number),
		core.with_images(leaves, core.image('entry_reversal', to_jsonb(reversal))));
END $$;
