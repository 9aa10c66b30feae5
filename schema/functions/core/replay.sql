-- What a request gets whose operator and jti were seen before, in the request of that number: the same answer if its bytes are the
-- same. Its evidence is that of the commit which posted it; there is none yet while that is under way.
CREATE FUNCTION core.replay(number bigint, hash bytea) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	last ledger.request;
BEGIN
	SELECT q.* INTO last FROM ledger.request q WHERE q.number = replay.number;
	IF last.hash <> replay.hash THEN
		RETURN core.problem('jti_reused', 'jti');
	END IF;
	RETURN jsonb_strip_nulls(jsonb_build_object('replay', true, 'first', last.leaf_first, 'count', last.leaf_count, 'evidence',
			core.evidence(last.leaf_first, last.leaf_first + last.leaf_count - 1, core.sealed_size(last.leaf_first), core.is_closed(last.op))))
		|| jsonb_build_object('result', last.result);
END $$;
