-- Whether an entry lies in the caller's scope: it touches an account of somebody there.
CREATE FUNCTION core.entry_visible(caller core.caller, entry bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT core.whole_scope(caller) OR EXISTS (SELECT FROM ledger.posting p JOIN ledger.account a ON a.id = p.account
		JOIN ledger.chart c ON c.number = a.number
		WHERE p.entry = entry_visible.entry AND core.in_scope(caller, core.owner_path(c.owner, a.owner)))
$$;
