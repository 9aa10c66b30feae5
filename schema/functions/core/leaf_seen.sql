-- Whether a key may read a leaf that others made: as auditor of what it concerns, or because it is an entry of which the key may see
-- every balance. The whole ledger's auditor first, what a leaf concerns last: that takes longest to tell.
CREATE FUNCTION core.leaf_seen(caller core.caller, index bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
DECLARE
	audited CONSTANT ltree[] := core.grants(caller.operator, 'ledger_leaves');
	entry   bigint;
BEGIN
	caller.nodes := audited;
	IF audited IS NOT NULL AND core.whole_scope(caller) THEN
		RETURN true;
	END IF;
	entry := (SELECT core.leaf_entry(l.body) FROM core.leaves(index, index) l LIMIT 1);
	caller.nodes := core.grants(caller.operator, 'entry_show');
	IF entry IS NOT NULL AND (SELECT bool_and(p ? 'balance')
		FROM core.entry_postings(caller, ARRAY[entry]) e, jsonb_array_elements(e.postings) AS p) THEN
		RETURN true;
	END IF;
	RETURN audited IS NOT NULL AND EXISTS (SELECT FROM core.leaves_of(audited, index, index));
END $$;
