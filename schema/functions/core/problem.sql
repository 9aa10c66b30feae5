-- A refusal as the daemon reads it.
CREATE FUNCTION core.problem(code text, field text DEFAULT NULL, params jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN jsonb_strip_nulls(jsonb_build_object('code', code, 'field', field, 'params', params));
