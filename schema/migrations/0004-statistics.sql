-- What ANALYZE reads: 300 rows for each step of its target, whole pages each. Every look-up of the ledger has its index and is made by
-- itself, so a sample of 3,000 rows tells as much as one of 30,000, which autovacuum took from each large table again and again.

SET search_path = ledger, pg_catalog;
SET timezone = 'UTC';

DO $$
DECLARE
	change text;
BEGIN
	FOR change IN
		SELECT format('ALTER TABLE %s %s', c.oid::regclass, string_agg(format('ALTER %I SET STATISTICS 10', a.attname), ', '))
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r' GROUP BY c.oid ORDER BY c.oid
	LOOP
		EXECUTE change;
	END LOOP;
END $$;

INSERT INTO ledger.migration (number) VALUES (4);
