-- The parts of the tree that an auditor asks about: below a node if one is named, else all that the grants reach. NULL means the whole
-- ledger, to which core.leaves_of need not be asked.
CREATE FUNCTION core.audited_paths(caller core.caller, top ledger.node) RETURNS ltree[]
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN (top).id IS NOT NULL AND (top).parent IS NOT NULL THEN ARRAY[(top).path]
		WHEN NOT core.whole_scope(caller) THEN (caller).nodes END
$$;
