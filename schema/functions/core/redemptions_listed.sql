-- The entries of the redemptions that a list shows, the first after a number. Of a volunteer by his purse, otherwise by the shops; whoever
-- sees all shops reads them as they stand. A shop's are asked for as a stretch of its index, in that order: for "of this shop, by number" a
-- plan may read those of all shops instead.
CREATE FUNCTION core.redemptions_listed(caller core.caller, shop int, volunteer bigint, after bigint, most int) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_variable
DECLARE
	purse bigint;
BEGIN
	IF volunteer IS NOT NULL THEN
		SELECT a.id INTO purse FROM ledger.account a WHERE a.owner = volunteer AND a.number = 'P2100' AND a.purpose = 0 AND NOT a.restricted;
		RETURN ARRAY(SELECT p.entry FROM ledger.posting p
			CROSS JOIN LATERAL (SELECT x.shop FROM ledger.redemption x WHERE x.entry = p.entry LIMIT 1) AS m
			CROSS JOIN LATERAL (SELECT x.path FROM ledger.node x WHERE x.id = m.shop LIMIT 1) AS n
			WHERE p.account = purse AND p.entry > after AND core.in_scope(caller, n.path) AND (shop IS NULL OR m.shop = shop)
			ORDER BY p.version LIMIT most);
	ELSIF shop IS NULL AND core.whole_scope(caller) THEN
		RETURN ARRAY(SELECT m.entry FROM ledger.redemption m WHERE m.entry > after ORDER BY m.entry LIMIT most);
	END IF;
	RETURN ARRAY(SELECT m.entry FROM ledger.shop s JOIN ledger.node n ON n.id = s.node
		CROSS JOIN LATERAL (SELECT x.entry FROM ledger.redemption x
			WHERE (x.shop, x.entry) > (s.node, after) AND x.shop <= s.node ORDER BY x.shop, x.entry LIMIT most) AS m
		WHERE core.in_scope(caller, n.path) AND (shop IS NULL OR s.node = shop) ORDER BY m.entry LIMIT most);
END $$;
