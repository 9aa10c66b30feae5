-- Whether a key may read a leaf that others made: as auditor of what it concerns, or because it is an entry of which the key may see
-- every balance.
CREATE FUNCTION core.leaf_seen(caller core.caller, index bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
DECLARE
	entry bigint := (SELECT (convert_from(l.body, 'UTF8')::jsonb -> 'entry')::bigint FROM ledger.leaf l WHERE l.index = leaf_seen.index);
BEGIN
	caller.nodes := core.grants(caller.operator, 'ledger_leaves');
	IF caller.nodes IS NOT NULL AND (core.whole_scope(caller) OR EXISTS (SELECT FROM core.leaves_of(caller.nodes, index, index))) THEN
		RETURN true;
	END IF;
	caller.nodes := core.grants(caller.operator, 'entry_show');
	RETURN coalesce((SELECT bool_and(p ? 'balance') FROM core.entry_postings(caller, ARRAY[entry]) e, jsonb_array_elements(e.postings) AS p), false);
END $$;
