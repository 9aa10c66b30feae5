-- The size of the checkpoint that a leaf's receipt is shown against: that of its own commit, as its author got it; or the newest, when
-- a log key has ended since, because receipts that only an ended key signed say less. NULL when the leaf is not sealed.
CREATE FUNCTION core.receipt_size(leaf bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
	own CONSTANT bigint := core.sealed_size(leaf);
BEGIN
	IF EXISTS (SELECT FROM ledger.ledger_key_end e JOIN ledger.ledger_key k ON k.id = e.ledger_key JOIN ledger.request q ON q.number = e.request
			WHERE k.use = 'log' AND q.leaf_first >= own) THEN
		RETURN (SELECT max(c.size) FROM ledger.checkpoint c);
	END IF;
	RETURN own;
END $$;
