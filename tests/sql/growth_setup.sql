-- How many rows of the ledger a command reads, under the settings of the write session, or a read, under those of the read lane.

SET plan_cache_mode = force_generic_plan;   -- as the write session has them
SET enable_seqscan = off;
CREATE FUNCTION pg_temp.rows_read() RETURNS bigint LANGUAGE sql AS $$
	SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables WHERE schemaname = 'ledger'
$$;
-- Rows of the ledger's tables that a command reads for each of its lines.
CREATE FUNCTION pg_temp.rows_a_line(lines int, op text, kid text, input jsonb, personal text[] DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	before bigint := pg_temp.rows_read();
BEGIN
	PERFORM test.done(op, kid, input, personal);
	RETURN (pg_temp.rows_read() - before) / lines;
END $$;
CREATE FUNCTION pg_temp.few(n bigint, what text) RETURNS text LANGUAGE sql AS $$
	SELECT cmp_ok(n, '<', 40::bigint, what || ' reads few rows a line')
$$;
-- Rows of them that a read reads, under the settings of the read lane.
CREATE FUNCTION pg_temp.rows_of_read(op text, kid text, input jsonb) RETURNS bigint LANGUAGE plpgsql
SET plan_cache_mode = auto SET enable_seqscan = on AS $$
DECLARE
	before bigint := pg_temp.rows_read();
BEGIN
	PERFORM test.read(op, kid, input);
	RETURN pg_temp.rows_read() - before;
END $$;
CREATE FUNCTION pg_temp.few_of_read(n bigint, what text) RETURNS text LANGUAGE sql AS $$
	SELECT cmp_ok(n, '<', 400::bigint, what || ' reads few rows')
$$;
