-- Registers a key of the ledger itself: from its leaf on it is in force, beside those of its use that are. The first keys of a ledger from
-- before they were registered are registered like this as well.
CREATE FUNCTION op.ledger_key_add(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	key_kid CONSTANT text := core.key_kid(input ->> 'use', input ->> 'key');
	added   ledger.ledger_key;
BEGIN
	IF NOT core.whole_scope(caller) THEN
		RETURN core.refuse('not_allowed');
	ELSIF key_kid IS NULL THEN
		RETURN core.refuse('bad_key', 'key');
	ELSIF EXISTS (SELECT FROM ledger.ledger_key k WHERE k.kid = key_kid) THEN
		RETURN core.refuse('already_exists', 'key', jsonb_build_object('kid', key_kid));
	END IF;
	added := ROW(core.next_id('ledger.ledger_key'), input ->> 'use', key_kid, input ->> 'key', caller.request);
	INSERT INTO ledger.ledger_key SELECT added.*;
	RETURN core.done(jsonb_build_object('id', added.id, 'use', added.use, 'kid', added.kid), core.leaf(core.image('ledger_key', to_jsonb(added))));
END $$;
