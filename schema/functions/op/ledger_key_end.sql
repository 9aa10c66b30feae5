-- Ends a key of the ledger itself for good, where another one of its use is in force. What it signed stays signed.
CREATE FUNCTION op.ledger_key_end(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	target record;
	ended  ledger.ledger_key_end;
BEGIN
	IF NOT core.whole_scope(caller) THEN
		RETURN core.refuse('not_allowed');
	END IF;
	SELECT h.* INTO target FROM core.key_history() h WHERE h.kid = input ->> 'key';
	IF target.id IS NULL THEN
		RETURN core.refuse('unknown_ledger_key', 'key', jsonb_build_object('kid', input ->> 'key'));
	ELSIF target.ended IS NOT NULL THEN
		RETURN core.refuse('already_revoked', 'key', jsonb_build_object('kid', target.kid));
	ELSIF NOT EXISTS (SELECT FROM core.key_history() h WHERE h.use = target.use AND h.id <> target.id AND h.ended IS NULL) THEN
		RETURN core.refuse('last_key', 'key', jsonb_build_object('use', target.use));
	END IF;
	ended := ROW(target.id, input ->> 'reason', caller.request);
	INSERT INTO ledger.ledger_key_end SELECT ended.*;
	RETURN core.done(jsonb_build_object('id', target.id, 'use', target.use, 'kid', target.kid),
		core.leaf(core.image('ledger_key_end', to_jsonb(ended))));
END $$;
