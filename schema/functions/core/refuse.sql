-- A refusal: writes nothing; the field is a JSON Pointer without the first slash. Status and texts belong to the code (wire/problem_codes.c).
CREATE FUNCTION core.refuse(code text, field text DEFAULT NULL, params jsonb DEFAULT NULL) RETURNS core.outcome
LANGUAGE sql IMMUTABLE
RETURN ROW(code, field, params, NULL, NULL, NULL, NULL)::core.outcome;
