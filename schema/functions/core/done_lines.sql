-- A success whose leaves are text, so many lines (core.outcome).
CREATE FUNCTION core.done_lines(result jsonb, lines text, count int) RETURNS core.outcome
LANGUAGE sql IMMUTABLE
RETURN ROW(NULL, NULL, NULL, result, NULL, lines, count)::core.outcome;
