-- What a fund has now: in the bank, owed, restricted to each purpose, free, and how much of the free money may leave the bank.
CREATE FUNCTION op.fund_balance(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	fund ledger.fund := core.fund_named(caller, input ->> 'fund');
	node ledger.node;
	has  record;
BEGIN
	IF fund.node IS NULL THEN
		RETURN core.refuse('unknown_fund', 'fund', jsonb_build_object('code', input ->> 'fund'));
	END IF;
	SELECT n.* INTO node FROM ledger.node n WHERE n.id = fund.node;
	has := core.fund_money(fund.node);
	RETURN core.done(jsonb_build_object('fund', node.code, 'name', node.name, 'bank', has.bank::text, 'other_assets', has.other_assets::text,
		'payable', has.payable::text, 'restricted', has.restricted::text, 'unrestricted', has.unrestricted::text,
		'min_balance', fund.min_balance::text,
		'spendable', greatest(0, least(has.unrestricted, has.bank - has.payable - fund.min_balance))::text,
		'purposes', coalesce((SELECT jsonb_agg(jsonb_build_object('purpose', p.label, 'restricted', (-left_over)::text) ORDER BY p.id)
			FROM (SELECT a.purpose, sum(a.balance) AS left_over FROM ledger.account a
				WHERE a.owner = fund.node AND a.number ~ '^[345]' AND a.restricted GROUP BY a.purpose) AS r
			JOIN ledger.purpose p ON p.id = r.purpose), '[]')));
END $$;
