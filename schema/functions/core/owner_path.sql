-- Where the owner of an account stands in the organisation: the node of a fund or shop, the community of a volunteer; NULL for the scheme.
CREATE FUNCTION core.owner_path(kind text, owner bigint) RETURNS ltree
LANGUAGE sql STABLE AS $$
	SELECT n.path FROM ledger.node n WHERE n.id = CASE
		WHEN owner_path.kind IN ('fund', 'shop') THEN owner
		WHEN owner_path.kind = 'volunteer' THEN (SELECT v.community FROM ledger.volunteer v WHERE v.number = owner_path.owner) END
$$;
