-- The receipt of a leaf, by its index or by its entry, against the newest checkpoint: with the leaf for auditors of what it concerns, for
-- its author where the operation is not closed, and for those who see every balance in it; for the author of a closed one with its hash
-- alone. A leaf that is sealed and may not be seen looks like a missing one.
CREATE FUNCTION op.receipt_show(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	asked CONSTANT text := CASE WHEN input ? 'entry' THEN 'entry' ELSE 'index' END;
	place bigint := (input ->> 'index')::bigint;
	q     ledger.request;
	own   boolean;
	shown boolean;
	found jsonb;
BEGIN
	IF input ? 'entry' = input ? 'index' THEN
		RETURN core.refuse('not_exactly_one', 'entry', '{"fields": "entry, index"}');
	ELSIF input ? 'entry' THEN
		SELECT x.* INTO q FROM ledger.entry e JOIN ledger.request x ON x.number = e.request WHERE e.number = (input ->> 'entry')::bigint;
		place := (SELECT l.index FROM ledger.leaf l WHERE l.index >= q.leaf_first AND l.index < q.leaf_first + q.leaf_count
			AND (convert_from(l.body, 'UTF8')::jsonb -> 'entry')::bigint = (input ->> 'entry')::bigint);
	ELSE
		SELECT x.* INTO q FROM ledger.request x WHERE x.number = core.request_of(place);
	END IF;
	own := EXISTS (SELECT FROM ledger.operator o WHERE o.id = q.operator AND o.person = caller.person);
	shown := own AND NOT core.is_closed(q.op) OR core.leaf_seen(caller, place);
	IF own OR shown THEN
		found := core.evidence(place, place, (SELECT max(c.size) FROM ledger.checkpoint c), NOT shown);
	END IF;
	IF found IS NULL THEN
		RETURN core.refuse('unknown_entry', asked, jsonb_build_object('number', input -> asked));
	END IF;
	RETURN core.done(jsonb_build_object('evidence', found));
END $$;
