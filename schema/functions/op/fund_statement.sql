-- The statement of a fund from one day to another: opening, income by channel and purpose, spending by kind and purpose, transfers and
-- the host's charge, closing; what the fund had at the end and what it is restricted to; and the sums that prove it. All from postings.
CREATE FUNCTION op.fund_statement(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql STABLE AS $$
DECLARE
	fund  ledger.fund := core.fund_named(caller, input ->> 'fund');
	since CONSTANT date := (input ->> 'from')::date;
	upto  CONSTANT date := (input ->> 'to')::date;
	node  ledger.node;
	had   record;
	has   record;
	lines jsonb;
	sums  jsonb;
	proof jsonb;
BEGIN
	IF fund.node IS NULL THEN
		RETURN core.refuse('unknown_fund', 'fund', jsonb_build_object('code', input ->> 'fund'));
	ELSIF upto < since THEN
		RETURN core.refuse('ends_before_start', 'to');
	END IF;
	SELECT n.* INTO node FROM ledger.node n WHERE n.id = fund.node;
	had := core.fund_position(fund.node, since - 1);
	has := core.fund_position(fund.node, upto);
	lines := core.statement_lines(fund.node, since, upto);
	sums := core.statement_sums(lines);
	proof := core.statement_proof(fund.node, upto, sums, had.restricted + had.unrestricted, has.restricted, has.unrestricted,
		has.bank + has.other_assets, has.payable);
	RETURN core.done(jsonb_build_object('fund', node.code, 'name', node.name, 'host', core.node_code(fund.host), 'from', since, 'to', upto,
			'opening', (had.restricted + had.unrestricted)::text, 'opening_restricted', had.restricted::text,
			'opening_unrestricted', had.unrestricted::text, 'closing', (has.restricted + has.unrestricted)::text,
			'restricted', has.restricted::text, 'unrestricted', has.unrestricted::text,
			'bank', has.bank::text, 'other_assets', has.other_assets::text, 'payable', has.payable::text)
		|| sums || jsonb_build_object('lines', lines, 'purposes', core.statement_purposes(fund.node, upto),
			'proof', proof, 'consistent', NOT proof @> '[{"holds": false}]'));
END $$;
