-- The receipt of a leaf, by its index or by its entry, against the checkpoint that core.receipt_size says: with the leaf for
-- auditors of what it concerns, for its author where the operation is not closed, and for those who see every balance in it; for the
-- author of a closed one with its hash alone. A leaf that is sealed and may not be seen looks like a missing one.
CREATE FUNCTION op.receipt_show(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	asked  CONSTANT text := CASE WHEN input ? 'entry' THEN 'entry' ELSE 'index' END;
	sought CONSTANT bigint := (input ->> 'entry')::bigint;
	place  bigint := (input ->> 'index')::bigint;
	made   bigint;   -- number of the request that made it
	q      record;
	own    boolean;
	shown  boolean;
	found  jsonb;
BEGIN
	IF input ? 'entry' = input ? 'index' THEN
		RETURN core.refuse('not_exactly_one', 'entry', '{"fields": "entry, index"}');
	ELSIF input ? 'entry' THEN
		made := (SELECT e.request FROM ledger.entry e WHERE e.number = sought);
		place := core.entry_leaf(sought, made);
	ELSE
		made := core.request_of(place);
	END IF;
	SELECT x.op, o.person INTO q FROM ledger.request x LEFT JOIN ledger.operator o ON o.id = x.operator WHERE x.number = made;
	own := coalesce(q.person = caller.person, false);
	shown := own AND NOT core.is_closed(q.op) OR core.leaf_seen(caller, place);
	IF own OR shown THEN
		found := core.evidence(place, place, core.receipt_size(place), NOT shown);
	END IF;
	IF found IS NULL THEN
		RETURN core.refuse('unknown_entry', asked, jsonb_build_object('number', input -> asked));
	END IF;
	RETURN core.done(jsonb_build_object('evidence', found));
END $$;
