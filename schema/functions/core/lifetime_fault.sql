-- What is wrong with when a request says that it lives; NULL: nothing. Clocks may differ by a minute.
CREATE FUNCTION core.lifetime_fault(iat bigint, exp bigint, moment timestamptz) RETURNS text
LANGUAGE sql STABLE
RETURN CASE WHEN moment > to_timestamp(exp) + interval '60 seconds' THEN 'expired'
	WHEN moment < to_timestamp(iat) - interval '60 seconds' THEN 'from_the_future' END;
