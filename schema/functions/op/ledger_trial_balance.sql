-- What was debited and credited on each account number, summed from all postings, and per book the totals, which must be equal.
-- Of the whole ledger, or of the funds below a node; the points book closes only over the whole ledger and stands only there.
CREATE FUNCTION op.ledger_trial_balance(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	top   ledger.node := core.node_named(caller, input ->> 'node');
	whole CONSTANT boolean := core.whole_scope(caller) AND (top.id IS NULL OR top.parent IS NULL);
BEGIN
	IF input ? 'node' AND top.id IS NULL THEN
		RETURN core.refuse('unknown_node', 'node', jsonb_build_object('code', input ->> 'node'));
	END IF;
	RETURN core.done((
		WITH account AS (
			SELECT a.id, c.number, c.book, c.name FROM ledger.account a JOIN ledger.chart c ON c.number = a.number
			WHERE whole OR c.owner = 'fund' AND a.owner IN (SELECT n.id FROM ledger.node n
				WHERE n.kind = 'fund' AND core.in_scope(caller, n.path) AND (top.id IS NULL OR n.path <@ top.path))
		), moved AS (
			SELECT a.book, a.number, a.name, coalesce(sum(p.amount) FILTER (WHERE p.amount > 0), 0) AS debit,
				-coalesce(sum(p.amount) FILTER (WHERE p.amount < 0), 0) AS credit
			FROM account a JOIN (   -- points alone stand in runs and lots: a part of the ledger need not read them
				SELECT p.account, p.amount FROM ledger.posting p
				UNION ALL SELECT r.account, u.amount FROM ledger.posting_run r CROSS JOIN LATERAL unnest(r.amounts) AS u (amount) WHERE whole
				UNION ALL SELECT l.account, -l.amount FROM ledger.lot l WHERE whole AND l.version IS NOT NULL
			) AS p ON p.account = a.id GROUP BY a.book, a.number, a.name
		), book AS (
			SELECT b.book, coalesce(sum(m.debit), 0) AS debit, coalesce(sum(m.credit), 0) AS credit
			FROM unnest(CASE WHEN whole THEN '{points,money}' ELSE '{money}' END::text[]) AS b (book) LEFT JOIN moved m USING (book) GROUP BY b.book
		)
		SELECT jsonb_build_object(
			'rows', coalesce((SELECT jsonb_agg(jsonb_build_object('book', book, 'account', number, 'title', name, 'debit', debit::text,
				'credit', credit::text, 'balance', (debit - credit)::text) ORDER BY book DESC, number) FROM moved), '[]'),
			'totals', (SELECT jsonb_agg(jsonb_build_object('book', book, 'debit', debit::text, 'credit', credit::text,
				'difference', (debit - credit)::text) ORDER BY book DESC) FROM book),
			'balanced', (SELECT bool_and(debit = credit) FROM book))));
END $$;
