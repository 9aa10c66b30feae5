-- Carries out a batch of signed commands, whose signatures, shapes and addressees C has checked, each for the key that signed it.
-- Decides in the caller's transaction whether the key may; keeps the request. Redemptions come first, all in one go; what a batch
-- holds was under way at the same time, so any order is as good. Answers in the order of the leaves, place being that of the command:
-- an answer {"result", "leaves", "first", "recorded_at"} or {"result", "replay", "first", "count", "evidence"} or {"code", "field",
-- "params"}; or the result in its canonical form, the index of the first leaf, the leaves as text (core.outcome), and how
-- many they are, as the request says.
CREATE FUNCTION api.commands(op text[], kid text[], jti uuid[], iat bigint[], exp bigint[], hash bytea[],
	protected bytea[], payload bytea[], signature bytea[], aside text[]) RETURNS SETOF core.said
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
	redemptions int[] := array_positions(op, 'redemption_make');
BEGIN
	IF redemptions <> '{}' THEN
		RETURN QUERY SELECT * FROM op.redemption_make(redemptions, kid, jti, iat, exp, hash, protected, payload, signature);
	END IF;
	FOR at IN 1 .. cardinality(op) LOOP
		CONTINUE WHEN op[at] = 'redemption_make';
		RETURN QUERY SELECT at, c.answer, c.result, c.first, c.leaves, c.count
			FROM core.command(op[at], kid[at], jti[at], iat[at], exp[at], hash[at], protected[at], payload[at], signature[at], aside[at]::jsonb) AS c;
	END LOOP;
END $$;
