-- Erases the personal values of a volunteer, of a person of the register, of who was in charge of an activity, of a donor or of a payee;
-- those that vouchers must keep are sealed instead, where no read shows them. With a volunteer's the digest of the file goes that brought
-- them. Entries, leaves and requests keep the commitments, which nobody can open any more.
CREATE FUNCTION op.person_erase(caller core.caller, input jsonb) RETURNS core.outcome
LANGUAGE plpgsql AS $$
DECLARE
	kinds CONSTANT text[] := '{volunteer,person,activity,income,disbursement}'::text[];
	kind  CONSTANT text := (SELECT min(k) FROM unnest(kinds) AS k WHERE input ? k);
	thing record;
	done  ledger.erasure;
BEGIN
	IF (SELECT count(*) FROM unnest(kinds) AS k WHERE input ? k) <> 1 THEN
		RETURN core.refuse('not_exactly_one', 'volunteer', jsonb_build_object('fields', array_to_string(kinds, ', ')));
	END IF;
	SELECT * INTO thing FROM core.erasable(caller, kind, (input ->> kind)::bigint);
	IF thing.subject IS NULL THEN
		RETURN core.refuse(replace('unknown_' || kind, 'income', 'entry'), kind,
			jsonb_build_object(CASE WHEN kind IN ('income', 'disbursement') THEN 'number' ELSE kind END, input -> kind));
	ELSIF EXISTS (SELECT FROM ledger.erasure e WHERE e.subject_kind = kind AND e.subject = thing.subject) THEN
		RETURN core.refuse('already_erased', kind);
	ELSIF NOT EXISTS (SELECT FROM ledger.personal p WHERE p.commitment = ANY (thing.commitments)) THEN
		RETURN core.refuse('nothing_to_erase', kind);
	END IF;
	IF thing.sealed_until IS NOT NULL THEN
		INSERT INTO ledger.personal_sealed (commitment, salt, value, until)
			SELECT p.commitment, p.salt, p.value, thing.sealed_until FROM ledger.personal p WHERE p.commitment = ANY (thing.commitments);
	END IF;
	DELETE FROM ledger.personal p WHERE p.commitment = ANY (thing.commitments) OR p.commitment = (
		SELECT core.from_base64url(convert_from(q.payload, 'UTF8')::jsonb ->> 'file') FROM ledger.request q WHERE q.number = thing.request);
	DELETE FROM ledger.import_file f WHERE f.request = thing.request;
	done := ROW(core.next_id('ledger.erasure'), kind, thing.subject, thing.sealed_until, caller.person, input ->> 'reason', caller.request);
	INSERT INTO ledger.erasure SELECT done.*;
	RETURN core.done(jsonb_strip_nulls(jsonb_build_object('erasure', done.id, 'subject_kind', kind, 'subject', thing.subject,
		'values', cardinality(thing.commitments), 'sealed_until', done.sealed_until)), core.leaf(core.image('erasure', to_jsonb(done))));
END $$;
