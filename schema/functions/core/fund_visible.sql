-- Whether a fund, by its node, lies in the caller's scope.
CREATE FUNCTION core.fund_visible(caller core.caller, fund int) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM ledger.node n WHERE n.id = fund AND core.in_scope(caller, n.path))
$$;
