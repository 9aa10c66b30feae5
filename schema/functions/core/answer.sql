-- An answer without text leaves.
CREATE FUNCTION core.answer(answer jsonb) RETURNS core.said
LANGUAGE sql IMMUTABLE
RETURN ROW(0, answer::text, NULL, NULL, NULL, NULL)::core.said;
