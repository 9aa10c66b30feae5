-- plpgsql_check finds nothing in any function: what never ran here is looked at too.
\set QUIET on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET client_min_messages = warning;
SET search_path = ledger, public, pg_catalog;
CREATE EXTENSION IF NOT EXISTS pgtap SCHEMA public;
CREATE EXTENSION IF NOT EXISTS plpgsql_check SCHEMA public;
SELECT plan(3);
CREATE TEMP VIEW finding AS
	SELECT p.oid::regprocedure AS function, f.lineno, f.level, f.message, f.detail
	FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
	CROSS JOIN LATERAL plpgsql_check_function_tb(p.oid) AS f
	WHERE n.nspname IN ('core', 'op', 'api') AND l.lanname = 'plpgsql';
SELECT cmp_ok((SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ('core', 'op', 'api')), '>', 50::bigint, 'the functions are there');
-- All operations are called alike, so some have no use for a parameter; the entry points call them by name; and tables are read by name.
SELECT is_empty($$SELECT * FROM finding WHERE NOT (message IN ('unused parameter "caller"', 'unused parameter "input"') AND function::text LIKE 'op.%')
	AND NOT (message = 'cannot determinate a result of dynamic SQL' AND (function::text LIKE 'api.%' OR function::text LIKE 'core.command(%'))
	AND NOT (detail = 'cannot to determine result of dynamic SQL' AND function::text LIKE 'core.audited_rows(%')$$, 'no finding');
CREATE FUNCTION core.broken() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT no_such_column FROM ledger.node); END $$;
SELECT isnt_empty($$SELECT * FROM finding WHERE function::text = 'core.broken()'$$, 'a planted fault is found');
SELECT * FROM finish();
ROLLBACK;
