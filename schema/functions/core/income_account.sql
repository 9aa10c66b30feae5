-- The income account of a channel.
CREATE FUNCTION core.income_account(channel text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE channel WHEN 'public' THEN '4101' WHEN 'sponsorship' THEN '4101' WHEN 'service_commission' THEN '4301'
	WHEN 'grant' THEN '4401' ELSE '4901' END;
