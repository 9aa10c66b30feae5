-- Role by operation: the table in the schema against the functions, and every no of it through the two entry points.
BEGIN;
\ir setup.sql
SELECT plan(5);
SELECT test.clock('2025-03-10 12:00:00');
CREATE TEMP VIEW cell AS
	SELECT r.role, p.proname::text AS op, p.provolatile = 's' AS is_read, m.op IS NOT NULL AS allowed
	FROM (SELECT DISTINCT role FROM core.matrix) AS r
	CROSS JOIN pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname = 'op'
	LEFT JOIN core.matrix m ON m.role = r.role AND m.op = p.proname;
SELECT set_eq('SELECT DISTINCT op FROM core.matrix UNION SELECT ''ledger_found''', 'SELECT DISTINCT op FROM cell',
	'the matrix names exactly the operations that there are, but for the founding');
SELECT set_eq('SELECT DISTINCT role FROM core.matrix', '{administrator,leader,worker,till,manager,treasurer,approver,auditor}'::text[], 'and the eight roles');
-- one key a role, all of them on the root of the tree: what is refused now is refused for the role
SELECT test.enrol('only-' || role, role, 'CITY') FROM (SELECT DISTINCT role FROM core.matrix) AS r \g /dev/null
SELECT is_empty($$
	WITH no AS MATERIALIZED (SELECT * FROM cell WHERE NOT allowed)
	SELECT role, op FROM no WHERE (CASE WHEN is_read THEN api.query(op, 'only-' || role, '{}')
		ELSE test.command(op, 'only-' || role, '{}') END ->> 'code') IS DISTINCT FROM 'not_allowed'$$, 'every no of the matrix is a no');
SELECT is_empty($$SELECT role, op FROM cell JOIN ledger.operator o ON o.kid = 'only-' || role WHERE (core.grants(o.id, op) IS NOT NULL) <> allowed$$,
	'and every yes a yes');
SELECT is_empty($$SELECT op FROM core.matrix JOIN pg_proc p ON p.proname = op JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname = 'op'
	WHERE role = 'auditor' AND p.provolatile <> 's' AND op <> 'operator_rotate'$$, 'an auditor changes nothing but the own key');
SELECT * FROM finish();
ROLLBACK;
