-- An entry with its postings, what it reverses and what reverses it, who signed it, and where its leaf stands in the log.
CREATE FUNCTION op.entry_show(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	e ledger.entry;
	q ledger.request;
BEGIN
	SELECT x.* INTO e FROM core.entries_visible(caller, (input ->> 'entry')::bigint, (input ->> 'entry')::bigint) x;
	IF e.number IS NULL THEN
		RETURN core.refuse('unknown_entry', 'entry', jsonb_build_object('number', input -> 'entry'));
	END IF;
	SELECT x.* INTO q FROM ledger.request x WHERE x.number = e.request;
	RETURN core.done(jsonb_strip_nulls(jsonb_build_object('entry', e.number, 'kind', e.kind, 'book', e.book, 'occurred_on', e.occurred_on,
		'recorded_at', core.utc_text(e.recorded_at), 'reverses', e.reverses,
		'reversed_by', (SELECT r.number FROM ledger.entry r WHERE r.reverses = e.number),
		'reason', (SELECT r.reason FROM ledger.entry_reversal r WHERE r.entry = e.number),
		'operator', q.operator, 'kid', (SELECT o.kid FROM ledger.operator o WHERE o.id = q.operator), 'request', core.base64url(q.hash),
		'leaf', core.entry_leaf(e.number, e.request), 'postings', (SELECT x.postings FROM core.entry_postings(caller, ARRAY[e.number]) x))));
END $$;
