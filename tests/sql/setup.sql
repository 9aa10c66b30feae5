-- What every SQL test stands on: pgTAP, a clock, helpers that call operations as a key would, and a small ledger.
-- Include after BEGIN; as a superuser. Requests go through api.commands and api.query, without their signatures, which C checks.

\set QUIET on
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\pset pager off
SET client_min_messages = warning;
SET search_path = ledger, public, pg_catalog;
SET timezone = 'UTC';
CREATE EXTENSION IF NOT EXISTS pgtap SCHEMA public;

CREATE SCHEMA test;
CREATE SEQUENCE test.jti;
CREATE TABLE test.leaf (body jsonb NOT NULL);   -- of all commands so far
-- The leaves that are sealed, one by one.
CREATE VIEW test.leaves AS SELECT l.first + u.place - 1 AS index, u.body FROM ledger.leaf l CROSS JOIN LATERAL unnest(l.bodies) WITH ORDINALITY AS u (body, place);

-- Sets the clock; times are those of Shanghai.
CREATE FUNCTION test.clock(moment text) RETURNS void LANGUAGE sql AS $$
	SELECT set_config('lovebank.clock', moment || '+08', false)
$$;

-- The commitment of a personal value, and the aside that opens some of them.
CREATE FUNCTION test.hidden(value text) RETURNS text LANGUAGE sql AS $$
	SELECT core.base64url(sha256(decode(repeat('00', 16), 'hex') || convert_to(value, 'UTF8')))
$$;
CREATE FUNCTION test.opened(VARIADIC items text[]) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_object_agg(test.hidden(item), jsonb_build_object('salt', repeat('A', 22), 'value', item)) FROM unnest(items) AS item
$$;

-- Leaves as a command gives them in text, without what the daemon adds: a line each, of shapes with their values in them.
CREATE FUNCTION test.leaf_texts(lines text) RETURNS SETOF text LANGUAGE plpgsql STRICT AS $$
DECLARE
	line   text;
	shape  text;
	leaf   text;
	parted text[];
BEGIN
	FOREACH line IN ARRAY string_to_array(lines, E'\n') LOOP
		IF line LIKE E'\f%' THEN
			shape := substr(line, 2);
			CONTINUE;
		END IF;
		leaf := coalesce(shape, line);
		IF shape IS NOT NULL THEN
			parted := string_to_array(line, E'\t');
			FOR n IN 1 .. cardinality(parted) LOOP
				leaf := replace(leaf, E'\f' || chr(ascii('a') + n - 1), parted[n]);
			END LOOP;
		END IF;
		RETURN NEXT '{' || array_to_string(string_to_array(leaf, E'\t', ''), ',') || '}';
	END LOOP;
END $$;

-- One command through api.commands, its answer as one value: leaves that come as text too, which must be canonical.
CREATE FUNCTION test.call(op text, kid text, jti uuid, iat bigint, exp bigint, hash bytea, protected bytea, payload bytea, signature bytea, aside jsonb)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	said  record;
	texts text[];
BEGIN
	SELECT c.answer::jsonb AS answer, c.result, c.first,
			ARRAY(SELECT l FROM test.leaf_texts(c.leaves) AS l) AS leaves INTO STRICT said
		FROM api.commands(ARRAY[op], ARRAY[kid], ARRAY[jti], ARRAY[iat], ARRAY[exp], ARRAY[hash], ARRAY[protected], ARRAY[payload],
			ARRAY[signature], ARRAY[aside::text]) AS c;
	IF said.answer IS NOT NULL THEN
		RETURN said.answer;
	END IF;
	texts := (SELECT array_agg(l) FROM unnest(said.leaves || said.result) AS l WHERE core.canonical(l::jsonb) <> l);
	IF texts IS NOT NULL THEN
		RAISE EXCEPTION '% gives text that is not canonical: %', op, texts;
	END IF;
	RETURN jsonb_build_object('result', said.result::jsonb, 'first', said.first, 'leaves', to_jsonb(said.leaves::jsonb[]));
END $$;

-- A command of the key of that name, as test.call answers it. Personal values of the request are named in personal.
CREATE FUNCTION test.command(op text, kid text, input jsonb, personal text[] DEFAULT NULL, proof jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	now_s bigint := extract(epoch FROM core.now());
	jti   uuid := lpad(to_hex(nextval('test.jti')), 32, '0')::uuid;
	said  jsonb := test.call(op, kid, jti, now_s, now_s + 60, sha256(uuid_send(jti)), '\x7b7d', convert_to(input::text, 'UTF8'), '\x00',
		jsonb_strip_nulls(jsonb_build_object('personal', test.opened(VARIADIC personal), 'proof', proof)));
BEGIN
	INSERT INTO test.leaf SELECT jsonb_array_elements(said -> 'leaves');
	IF current_setting('test.sealing', true) = 'on' AND said ? 'leaves' THEN
		PERFORM test.seal(op, said);
	END IF;
	RETURN said;
END $$;

-- Seals what a command added, as the daemon does after each batch: where a test says SET test.sealing = on before it includes this.
CREATE FUNCTION test.seal(op text, said jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	first  bigint := (said ->> 'first')::bigint;
	size   bigint := first + jsonb_array_length(said -> 'leaves');
	bodies bytea[] := (SELECT array_agg(convert_to(core.canonical(jsonb_build_object('kind', op) || leaf), 'UTF8') ORDER BY place)
		FROM jsonb_array_elements(said -> 'leaves') WITH ORDINALITY AS l (leaf, place));
	all_hashes bytea[] := (SELECT array_agg(sha256('\x00'::bytea || body) ORDER BY place)
		FROM (SELECT l.index, l.body FROM test.leaves l UNION ALL SELECT first + n - 1, b FROM unnest(bodies) WITH ORDINALITY AS u (b, n)) AS a (place, body));
	tiles  bigint[] := (SELECT array_agg(n) FROM generate_series(first / 256, size / 256 - 1) AS n);
BEGIN
	PERFORM api.seal(first, bodies, array_fill(0, ARRAY[coalesce(cardinality(tiles), 0)]), coalesce(tiles, '{}'::bigint[]),
		(SELECT coalesce(array_agg((SELECT string_agg(h, '' ORDER BY i) FROM unnest(all_hashes[n * 256 + 1:n * 256 + 256]) WITH ORDINALITY AS u (h, i)) ORDER BY n), '{}') FROM unnest(tiles) AS n),
		size, test.root(all_hashes), decode(repeat('ab', 68), 'hex'),
		(SELECT coalesce(array_agg(test.root(all_hashes[n * 256 + 1:n * 256 + 256]) ORDER BY n), '{}') FROM unnest(tiles) AS n));
END $$;
-- The root of a tree over these hashes of leaves (RFC 6962).
CREATE FUNCTION test.root(hashes bytea[]) RETURNS bytea LANGUAGE plpgsql AS $$
BEGIN
	WHILE cardinality(hashes) > 1 LOOP
		hashes := (SELECT array_agg(CASE WHEN hashes[n + 1] IS NULL THEN hashes[n] ELSE sha256('\x01'::bytea || hashes[n] || hashes[n + 1]) END ORDER BY n)
			FROM generate_series(1, cardinality(hashes), 2) AS n);
	END LOOP;
	RETURN hashes[1];
END $$;
-- Public keys as they are registered, which nobody holds.
CREATE FUNCTION test.jwk(letter text) RETURNS text LANGUAGE sql AS $$
	SELECT format('{"crv":"P-256","kty":"EC","x":"%1$s","y":"%1$s"}', repeat(letter, 43))
$$;
CREATE FUNCTION test.verifier(letter text, origin text DEFAULT 'test') RETURNS text LANGUAGE sql AS $$
	SELECT origin || '+' || left(encode(sha256(convert_to(origin || E'\n', 'UTF8') || key), 'hex'), 8) || '+' || encode(key, 'base64')
	FROM (SELECT '\x01'::bytea || convert_to(repeat(letter, 32), 'UTF8')) AS k (key)
$$;

-- The result of a command that must be carried out.
CREATE FUNCTION test.done(op text, kid text, input jsonb, personal text[] DEFAULT NULL, proof jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb := test.command(op, kid, input, personal, proof);
BEGIN
	IF answer ? 'code' THEN
		RAISE EXCEPTION '% by %: %', op, kid, answer;
	END IF;
	RETURN answer -> 'result';
END $$;

-- "code field" of a refusal that must come; what was refused must have written nothing.
CREATE FUNCTION test.refusal(op text, kid text, input jsonb, personal text[] DEFAULT NULL, proof jsonb DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	before text := test.everything();
	answer jsonb := test.command(op, kid, input, personal, proof);
BEGIN
	IF before <> test.everything() THEN
		RETURN 'a refusal has written something: ' || coalesce(answer ->> 'code', 'done');
	END IF;
	RETURN concat_ws(' ', coalesce(answer ->> 'code', 'done'), answer ->> 'field');
END $$;
CREATE FUNCTION test.params(op text, kid text, input jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT test.command(op, kid, input) -> 'params'
$$;

-- How many rows each table has, and what the changing columns sum to.
CREATE FUNCTION test.everything() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	t    text;
	n    bigint;
	said text := '';
BEGIN
	FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'ledger' ORDER BY 1 LOOP
		EXECUTE format('SELECT count(*) FROM ledger.%I', t) INTO n;
		said := said || t || n || ' ';
	END LOOP;
	RETURN said || (SELECT sum(abs(balance)) || ' ' || sum(version) FROM ledger.account) || (SELECT coalesce(sum(remaining), 0) FROM ledger.lot)
		|| (SELECT coalesce(sum(points), 0) FROM ledger.daily_use) || (SELECT coalesce(sum(redeemed), 0) FROM ledger.account)
		|| (SELECT coalesce(sum(records), 0) FROM ledger.service_open);
END $$;

-- Rows of the append-only tables whose image stands in no leaf, images that are no row's, and leaves that are too large.
-- What remains of a lot follows from the postings, what is open of an activity from records and decisions; entries and postings stand in leaves in another form.
CREATE FUNCTION test.unrecorded() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	t text;
BEGIN
	FOR t IN SELECT c.relname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE g.tgname = 'append_only' AND c.relname <> ALL
			('{account,service_open,entry,posting,posting_run,chart,request,leaf,tile,tile_root,checkpoint,migration}') LOOP
		RETURN QUERY EXECUTE format($q$
			WITH there AS (SELECT core.image(%1$L, to_jsonb(r) - 'remaining' - CASE WHEN %1$L = 'lot' THEN '{account,version,balance}' ELSE '{}' END::text[]) -> 'rows' -> %1$L -> 0 AS image FROM ledger.%1$I r),
			said AS (SELECT jsonb_array_elements(body -> 'rows' -> %1$L) AS image FROM test.leaf WHERE body -> 'rows' ? %1$L)
			(SELECT 'not in a leaf: ' || %1$L || image FROM there EXCEPT ALL SELECT 'not in a leaf: ' || %1$L || image FROM said)
			UNION ALL
			(SELECT 'no row: ' || %1$L || image FROM said EXCEPT ALL SELECT 'no row: ' || %1$L || image FROM there)$q$, t);
	END LOOP;
	RETURN QUERY SELECT 'too large: ' || left(body::text, 100) FROM test.leaf WHERE length(body::text) > 15000;
END $$;

-- A read, as api.query answers it, and the result of one that must be answered.
CREATE FUNCTION test.query(op text, kid text, input jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
	SELECT api.query(op, kid, input)
$$;
CREATE FUNCTION test.read(op text, kid text, input jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	answer jsonb := api.query(op, kid, input);
BEGIN
	IF answer ? 'code' THEN
		RAISE EXCEPTION '% by %: %', op, kid, answer;
	END IF;
	RETURN answer -> 'result';
END $$;
-- One member of all rows of a page, parted by commas.
CREATE FUNCTION test.column(page jsonb, name text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(item ->> name, ',' ORDER BY place) FROM jsonb_array_elements(page -> 'rows') WITH ORDINALITY AS r (item, place)
$$;

-- Enrols a key: its name is its kid, its owner a new person unless one is given. Returns the operator.
CREATE FUNCTION test.enrol(kid text, role text, node text, person int DEFAULT NULL) RETURNS int LANGUAGE sql AS $$
	SELECT (test.done('operator_enrol', 'admin', jsonb_strip_nulls(jsonb_build_object('role', role, 'node', node, 'person', person,
		'name', CASE WHEN person IS NULL THEN test.hidden(kid) END)), CASE WHEN person IS NULL THEN ARRAY[kid] END,
		jsonb_build_object('kid', kid, 'jwk', '{}'::jsonb)) ->> 'operator')::int
$$;

-- Lines of an activity: so many volunteers from that number on, all from start to stop (times of Shanghai).
CREATE FUNCTION test.lines(first bigint, many int, start text, stop text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(jsonb_build_object('volunteer', n, 'start', start || ':00+08:00', 'end', stop || ':00+08:00') ORDER BY n)
	FROM generate_series(first, first + many - 1) AS n
$$;
CREATE FUNCTION test.activity(team text, community text, lines jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('team', team, 'community', community, 'name', '清洁家园', 'place', '广场', 'content', '清扫',
		'category', 'environment', 'served', 30, 'lines', lines)
$$;
-- The number of an activity just recorded.
CREATE FUNCTION test.recorded(kid text, team text, community text, lines jsonb) RETURNS bigint LANGUAGE sql AS $$
	SELECT (test.done('service_record', kid, test.activity(team, community, lines)) ->> 'activity')::bigint
$$;
CREATE FUNCTION test.points(volunteer bigint) RETURNS bigint LANGUAGE sql AS $$
	SELECT -core.balance('P2100', volunteer)
$$;

-- A city with two communities, in each a team and a shop that the fund F pays; a host charity. Everybody holds one role.
SELECT test.clock('2025-01-02 08:00:00');
SELECT test.done('ledger_found', 'admin', '{"aud": "test", "kind": "city", "code": "CITY", "name": "某市", "kid": "admin", "jwk": {}}'::jsonb
	|| jsonb_build_object('keys', jsonb_build_array(jsonb_build_object('use', 'answers', 'kid', core.key_kid('answers', test.jwk('a')), 'public', test.jwk('a')),
		jsonb_build_object('use', 'log', 'kid', split_part(test.verifier('l'), '+', 2), 'public', test.verifier('l')),
		jsonb_build_object('use', 'tls', 'kid', core.key_kid('tls', test.jwk('t')), 'public', test.jwk('t'))))) \g /dev/null
SELECT test.done('org_add', 'admin', jsonb_build_object('parent', parent, 'kind', kind, 'code', code, 'name', name))
	FROM (VALUES ('CITY', 'county', 'X', '某县'), ('X', 'street', 'S', '某街道'), ('S', 'community', 'A', '甲社区'),
		('S', 'community', 'B', '乙社区'), ('CITY', 'host', 'H', '市慈善会')) AS o (parent, kind, code, name) \g /dev/null
INSERT INTO ledger.node SELECT 100, n.id, 'fund', 'F', '社区慈善基金', n.path || '100', 1 FROM ledger.node n WHERE n.code = 'H';
INSERT INTO ledger.fund SELECT 100, n.id, 'general', 0, '2025-01-02', 1 FROM ledger.node n WHERE n.code = 'H';
INSERT INTO test.leaf SELECT core.images(core.image('node', to_jsonb(n)), core.image('fund', to_jsonb(f))) FROM ledger.node n JOIN ledger.fund f ON f.node = n.id;
SELECT test.done('team_add', 'admin', jsonb_build_object('parent', n, 'code', 'T' || n, 'name', '队' || n, 'colour', 'red'))
	FROM unnest('{A,B}'::text[]) AS n \g /dev/null
SELECT test.done('shop_add', 'admin', jsonb_build_object('parent', n, 'code', 'P' || n, 'name', '超市' || n, 'fund', 'F',
	'unsettled_limit', '1000', 'return_limit', '20')) FROM unnest('{A,B}'::text[]) AS n \g /dev/null
SELECT test.enrol(kid, role, node) FROM (VALUES
	('leader', 'leader', 'TA'), ('leaderb', 'leader', 'TB'), ('worker', 'worker', 'A'), ('workerb', 'worker', 'B'), ('till', 'till', 'PA'),
	('tillb', 'till', 'PB'), ('manager', 'manager', 'PA'), ('treasurer', 'treasurer', 'H'), ('approver', 'approver', 'H'),
	('approver2', 'approver', 'H'), ('auditor', 'auditor', 'CITY')) AS e (kid, role, node) \g /dev/null
SELECT test.done('rule_set', 'admin', '{"effective_from": "2024-01-01", "points": 10, "minutes": 60, "daily_minutes": 480,
	"lot_days": 365, "fen_per_point": 10, "till_daily_points": "300", "volunteer_daily_points": "200"}') \g /dev/null
-- Volunteers 1000001 to 1000040 of community A, 2000001 to 2000003 of B.
SELECT test.done('volunteer_add', who, jsonb_build_object('community', community, 'number', number, 'name', test.hidden('王' || number),
		'phone', test.hidden('1380000' || right(number::text, 4))), ARRAY['王' || number, '1380000' || right(number::text, 4)])
	FROM (SELECT 'worker', 'A', n FROM generate_series(1000001, 1000040) AS n
		UNION ALL SELECT 'workerb', 'B', n FROM generate_series(2000001, 2000003) AS n) AS v (who, community, number) \g /dev/null
