-- Whether a node lies under one of the caller's grants for this operation.
CREATE FUNCTION core.in_scope(caller core.caller, path ltree) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN path <@ (caller).nodes;
