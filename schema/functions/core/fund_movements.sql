-- What each entry between two days did to the net assets of funds, from postings alone: one row an entry and fund. A reversal stands
-- under the kind and source of what it reverses. Entries that only change one asset or debt into another move nothing.
CREATE FUNCTION core.fund_movements(funds int[], since date, upto date) RETURNS TABLE (fund int, entry bigint, source bigint, kind text,
	purpose int, restricted bigint, unrestricted bigint)
LANGUAGE sql STABLE AS $$
	SELECT a.owner::int, e.number, coalesce(e.reverses, e.number), coalesce(r.kind, e.kind), max(a.purpose),
		-coalesce(sum(p.amount) FILTER (WHERE a.restricted), 0)::bigint, -coalesce(sum(p.amount) FILTER (WHERE NOT a.restricted), 0)::bigint
	FROM ledger.account a JOIN ledger.posting p ON p.account = a.id JOIN ledger.entry e ON e.number = p.entry
	LEFT JOIN ledger.entry r ON r.number = e.reverses
	WHERE a.owner = ANY (funds::bigint[]) AND a.number ~ '^[345]' AND e.occurred_on BETWEEN since AND upto
	GROUP BY a.owner, e.number, r.kind
$$;
