-- The keys of the ledger itself, the oldest first; made and ended are the indexes of their leaves, ended NULL while a key is in force.
CREATE FUNCTION core.key_history() RETURNS TABLE (id int, use text, kid text, public text, made bigint, ended bigint, reason text)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT k.id, k.use, k.kid, k.public, q.leaf_first, x.leaf_first, e.reason
		FROM ledger.ledger_key k JOIN ledger.request q ON q.number = k.request
		LEFT JOIN ledger.ledger_key_end e ON e.ledger_key = k.id
		LEFT JOIN ledger.request x ON x.number = e.request ORDER BY k.id;
END $$;
