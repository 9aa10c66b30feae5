-- What a request asks to erase: the commitments of the personal values of a volunteer, person, activity, income or disbursement in the
-- caller's scope, and for how long the law keeps them sealed (vouchers: thirty years from the end of their year). subject NULL: there is
-- no such thing in the caller's scope; a person whose keys also work elsewhere is not.
CREATE FUNCTION core.erasable(caller core.caller, kind text, number bigint,
	OUT subject bigint, OUT commitments bytea[], OUT sealed_until date, OUT request bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	CASE kind
	WHEN 'volunteer' THEN
		SELECT v.number, ARRAY[v.name, v.phone], v.request INTO subject, commitments, request
			FROM ledger.volunteer v JOIN ledger.node n ON n.id = v.community WHERE v.number = erasable.number AND core.in_scope(caller, n.path);
	WHEN 'person' THEN
		SELECT p.id, ARRAY[p.name] INTO subject, commitments FROM ledger.person p WHERE p.id = erasable.number
			AND EXISTS (SELECT FROM ledger.operator o WHERE o.person = p.id AND core.operator_visible(caller, o.id))
			AND NOT EXISTS (SELECT FROM ledger.operator o JOIN ledger.role_grant g ON g.operator = o.id JOIN ledger.node n ON n.id = g.node
				WHERE o.person = p.id AND NOT core.in_scope(caller, n.path)
				AND NOT EXISTS (SELECT FROM ledger.role_revocation r WHERE r.role_grant = g.id)
				AND NOT EXISTS (SELECT FROM ledger.operator_revocation r WHERE r.operator = o.id));
	WHEN 'activity' THEN
		SELECT a.id, ARRAY[a.in_charge] INTO subject, commitments
			FROM ledger.activity a JOIN ledger.node n ON n.id = a.team WHERE a.id = erasable.number AND core.in_scope(caller, n.path);
	WHEN 'income' THEN
		SELECT i.entry, ARRAY[i.donor], make_date(extract(year FROM e.occurred_on)::int + 30, 12, 31) INTO subject, commitments, sealed_until
			FROM ledger.income i JOIN ledger.entry e ON e.number = i.entry WHERE i.entry = erasable.number AND core.fund_visible(caller, i.fund);
	WHEN 'disbursement' THEN
		SELECT d.id, ARRAY[d.payee], make_date(extract(year FROM d.requested_on)::int + 30, 12, 31) INTO subject, commitments, sealed_until
			FROM ledger.disbursement d WHERE d.id = erasable.number AND core.fund_visible(caller, d.fund);
	END CASE;
	commitments := array_remove(commitments, NULL);
END $$;
