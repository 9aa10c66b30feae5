-- Leaves of a commit in runs of up to 64, compressed together: what is written for each is its bytes, which mostly repeat those before
-- it, and neither a row nor an entry in an index. A run is small enough to be read whole for one leaf of it.

SET search_path = ledger, pg_catalog;
SET timezone = 'UTC';

ALTER TABLE ledger.leaf RENAME TO leaf_single;
ALTER INDEX ledger.leaf_pkey RENAME TO leaf_single_pkey;
CREATE TABLE ledger.leaf (
	first  bigint PRIMARY KEY,      -- index of the first of them
	bodies bytea[] NOT NULL CHECK (cardinality(bodies) BETWEEN 1 AND 64)   -- each at most 16,384 bytes, as the daemon sees to
);
ALTER TABLE ledger.leaf ALTER first SET STATISTICS 10, ALTER bodies SET STATISTICS 10;
DO $$
BEGIN
	ALTER TABLE ledger.leaf ALTER bodies SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
	NULL;   -- a PostgreSQL that was built without it: pglz compresses too
END $$;
-- Run by run, each by its index: a sort would need as much disk again.
INSERT INTO ledger.leaf (first, bodies)
	SELECT run.first, (SELECT array_agg(l.body) FROM (SELECT s.body FROM ledger.leaf_single s
		WHERE s.index >= run.first AND s.index < run.first + 64 ORDER BY s.index) AS l)
	FROM generate_series(0, (SELECT max(s.index) FROM ledger.leaf_single s), 64) AS run (first);
DROP TABLE ledger.leaf_single;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.leaf FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

INSERT INTO ledger.migration (number) VALUES (8);
