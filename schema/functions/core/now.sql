-- The clock: the only place where SQL reads it. Tests set lovebank.clock.
CREATE FUNCTION core.now() RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce(nullif(current_setting('lovebank.clock', true), '')::timestamptz, clock_timestamp());
END $$;
