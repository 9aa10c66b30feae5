-- What the leaves of a command that posts nothing begin with, as text up to the second TAB (core.outcome).
CREATE FUNCTION core.leaf_start(caller core.caller) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN E'\t"kind":"' || caller.op || '","recorded_at":"' || core.utc_text(caller.recorded_at) || E'"\t';
END $$;
