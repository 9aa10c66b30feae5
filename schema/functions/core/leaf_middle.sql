-- The middle piece of the leaves of a command that posts nothing.
CREATE FUNCTION core.leaf_middle(caller core.caller) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN '"kind":"' || caller.op || '","recorded_at":"' || core.utc_text(caller.recorded_at) || '"';
END $$;
