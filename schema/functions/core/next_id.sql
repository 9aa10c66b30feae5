-- The next number of a table whose rows are numbered without a gap; there is one writer only.
CREATE FUNCTION core.next_id(tab regclass) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	number bigint;
BEGIN
	EXECUTE format('SELECT coalesce(max(id), 0) + 1 FROM %s', tab) INTO number;
	RETURN number;
END $$;
