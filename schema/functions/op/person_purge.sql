-- Deletes the sealed values whose term has ended.
CREATE FUNCTION op.person_purge(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	done ledger.purge;
BEGIN
	IF NOT core.whole_scope(caller) THEN
		RETURN core.refuse('not_allowed');
	ELSIF NOT EXISTS (SELECT FROM ledger.personal_sealed s WHERE s.until < caller.today) THEN
		RETURN core.refuse('nothing_to_purge');
	END IF;
	WITH gone AS (
		DELETE FROM ledger.personal_sealed s WHERE s.until < caller.today RETURNING s.commitment
	)
	SELECT core.next_id('ledger.purge'), count(*), caller.request INTO done FROM gone;
	INSERT INTO ledger.purge SELECT done.*;
	RETURN core.done(jsonb_build_object('purge', done.id, 'values', done.values), core.leaf(core.image('purge', to_jsonb(done))));
END $$;
