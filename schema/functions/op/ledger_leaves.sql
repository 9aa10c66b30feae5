-- Leaves of the log from an index on, as they were sealed. For those whose grant reaches over the whole ledger.
CREATE FUNCTION op.ledger_leaves(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT core.whole_scope(caller) THEN
		RETURN core.refuse('not_allowed');
	END IF;
	RETURN core.done(jsonb_build_object('rows', coalesce((
		SELECT jsonb_agg(jsonb_build_object('index', l.index, 'leaf', core.base64url(l.body)) ORDER BY l.index)
		FROM (SELECT * FROM ledger.leaf l WHERE l.index >= (input ->> 'from')::bigint
			ORDER BY l.index LIMIT coalesce((input ->> 'limit')::int, 500)) AS l), '[]')));
END $$;
