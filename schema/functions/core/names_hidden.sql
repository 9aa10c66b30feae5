-- Whether names behind a fund's money are masked for the caller: for everybody but its treasurers and its committee.
CREATE FUNCTION core.names_hidden(caller core.caller, path ltree) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT NOT path <@ (core.role_nodes((caller).operator, 'treasurer') || core.role_nodes((caller).operator, 'approver'))
$$;
