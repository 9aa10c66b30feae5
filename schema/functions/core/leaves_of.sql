-- Which leaves from one index to another are for those who audit the parts of the tree at and below these paths: leaves that concern
-- a node there, and the registry (leaves of which every row is one of a registry's tables: they hold no personal data, and keys and
-- authority are judged by them). A leaf concerns the shops and funds that own its accounts, the funds of its postings, the communities of
-- its volunteers, every node that a row of it names, and those of what its rows refer to.
CREATE FUNCTION core.leaves_of(paths ltree[], first bigint, last bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 500 AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH leaf AS MATERIALIZED (
		SELECT l.index, convert_from(l.body, 'UTF8')::jsonb AS said FROM core.leaves(leaves_of.first, leaves_of.last) l
	), line AS MATERIALIZED (
		SELECT l.index, c.owner AS kind, (p ->> 'owner')::bigint AS owner, (p ->> 'fund')::int AS fund
		FROM leaf l, jsonb_array_elements(l.said -> 'postings') AS p JOIN ledger.chart c ON c.number = p ->> 'account'
	), named AS MATERIALIZED (
		SELECT l.index, t.tab, r.image FROM leaf l, jsonb_each(l.said -> 'rows') AS t (tab, list), jsonb_array_elements(t.list) AS r (image)
	), served AS MATERIALIZED (
		SELECT n.index, (n.image ->> 'activity')::bigint AS activity, (n.image ->> 'volunteer')::bigint AS volunteer
		FROM named n WHERE n.tab = 'service_record'
		UNION ALL SELECT n.index, r.activity, r.volunteer FROM named n JOIN ledger.service_record r ON r.id = (n.image ->> 'record')::bigint
		WHERE n.tab = 'service_decision'
	), erased AS MATERIALIZED (
		SELECT n.index, n.image ->> 'subject_kind' AS kind, (n.image ->> 'subject')::bigint AS subject FROM named n WHERE n.tab = 'erasure'
	), volunteer AS (
		SELECT l.index, l.owner AS number FROM line l WHERE l.kind = 'volunteer'
		UNION ALL SELECT s.index, s.volunteer FROM served s
		UNION ALL SELECT n.index, (n.image ->> 'volunteer')::bigint FROM named n WHERE n.image ? 'volunteer'
		UNION ALL SELECT e.index, e.subject FROM erased e WHERE e.kind = 'volunteer'
	), activity AS (
		SELECT s.index, s.activity AS id FROM served s
		UNION ALL SELECT e.index, e.subject FROM erased e WHERE e.kind = 'activity'
	), disbursement AS (
		SELECT n.index, (n.image ->> 'disbursement')::bigint AS id FROM named n WHERE n.image ? 'disbursement'
		UNION ALL SELECT e.index, e.subject FROM erased e WHERE e.kind = 'disbursement'
	), concerned AS (
		SELECT l.index, l.owner AS node FROM line l WHERE l.kind IN ('shop', 'fund')
		UNION ALL SELECT l.index, l.fund FROM line l
		UNION ALL SELECT n.index, (n.image ->> m)::bigint FROM named n, unnest('{fund,shop,node,community,team,from_fund,to_fund,host}'::text[]) AS m
			WHERE n.image ? m
		UNION ALL SELECT v.index, r.community FROM volunteer v JOIN ledger.volunteer r ON r.number = v.number
		UNION ALL SELECT a.index, t.node FROM activity a JOIN ledger.activity r ON r.id = a.id, unnest(ARRAY[r.team, r.community]) AS t (node)
		UNION ALL SELECT n.index, t.node FROM named n JOIN ledger.settlement s ON s.id = (n.image ->> 'settlement')::bigint,
			unnest(ARRAY[s.shop, s.fund]) AS t (node)
		UNION ALL SELECT d.index, r.fund FROM disbursement d JOIN ledger.disbursement r ON r.id = d.id
		UNION ALL SELECT e.index, i.fund FROM erased e JOIN ledger.income i ON e.kind = 'income' AND i.entry = e.subject
		UNION ALL SELECT e.index, g.node FROM erased e JOIN ledger.operator o ON e.kind = 'person' AND o.person = e.subject
			JOIN ledger.role_grant g ON g.operator = o.id
	)
	SELECT DISTINCT c.index FROM concerned c JOIN ledger.node n ON n.id = c.node WHERE n.path <@ leaves_of.paths
	UNION SELECT l.index FROM leaf l WHERE NOT l.said ? 'postings' AND l.said ? 'rows'
		AND NOT EXISTS (SELECT FROM jsonb_object_keys(l.said -> 'rows') AS t (tab) WHERE t.tab <> ALL ('{identity,node,person,operator,
			operator_revocation,role_grant,role_revocation,team,shop,fund,rule,purpose,ledger_key,ledger_key_end}'::text[]));
END $$;
