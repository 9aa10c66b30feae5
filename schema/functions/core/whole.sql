-- Whether what lies under these nodes is the whole ledger.
CREATE FUNCTION core.whole(nodes ltree[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT FROM ledger.node n WHERE n.parent IS NULL AND n.path <@ nodes);
END $$;
