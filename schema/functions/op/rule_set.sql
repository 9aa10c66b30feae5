-- Sets the rule of points from a day on, for the whole ledger. Days that have gone keep their rule; only the first may reach back.
CREATE FUNCTION op.rule_set(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	added ledger.rule;
BEGIN
	IF NOT EXISTS (SELECT FROM ledger.node n WHERE n.parent IS NULL AND core.in_scope(caller, n.path)) THEN
		RETURN core.refuse('not_allowed');
	ELSIF (input ->> 'effective_from')::date < caller.today AND EXISTS (SELECT FROM ledger.rule) THEN
		RETURN core.refuse('rule_in_the_past', 'effective_from', jsonb_build_object('today', caller.today));
	END IF;
	SELECT r.* INTO added FROM jsonb_populate_record(NULL::ledger.rule, input) AS r;
	added.id := core.next_id('ledger.rule');
	added.request := caller.request;
	INSERT INTO ledger.rule SELECT added.*;
	RETURN core.done(jsonb_build_object('rule', added.id, 'effective_from', added.effective_from),
		core.leaf(core.image('rule', to_jsonb(added))));
END $$;
