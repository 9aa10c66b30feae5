-- A posting as it stands in a leaf. In PL/pgSQL, whose plan is kept: as a plain SQL function it took four times as long.
CREATE FUNCTION core.posting_leaf(number text, owner bigint, restricted boolean, purpose int, fund int, amount bigint,
	version bigint, balance numeric, lots bigint[], lot_amounts bigint[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	leaf jsonb := jsonb_build_object('account', number, 'owner', owner, 'amount', amount::text, 'version', version, 'balance', balance::text);
BEGIN
	IF fund <> 0 THEN
		leaf := leaf || jsonb_build_object('fund', fund);
	END IF;
	IF purpose <> 0 OR restricted THEN
		leaf := leaf || jsonb_build_object('purpose', purpose, 'restricted', restricted);
	END IF;
	IF lots IS NOT NULL THEN
		leaf := leaf || jsonb_build_object('lots', (SELECT jsonb_agg(jsonb_build_array(lot, moved::text)) FROM unnest(lots, lot_amounts) AS u (lot, moved)));
	END IF;
	RETURN leaf;
END $$;
