-- A success, with the leaves that it adds to the log.
CREATE FUNCTION core.done(result jsonb, leaves jsonb DEFAULT NULL) RETURNS core.outcome
LANGUAGE sql IMMUTABLE
RETURN ROW(NULL, NULL, NULL, result, leaves, NULL, NULL)::core.outcome;
