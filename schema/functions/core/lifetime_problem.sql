-- The refusal for a fault of a request's lifetime.
CREATE FUNCTION core.lifetime_problem(fault text, moment timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT core.problem(fault, CASE fault WHEN 'expired' THEN 'exp' ELSE 'iat' END, jsonb_build_object('server_time', core.utc_text(moment)))
$$;
