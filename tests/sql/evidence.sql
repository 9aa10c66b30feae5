-- Checkpoints and tiles of the log, and the evidence that replays are proved with.
BEGIN;
SET test.sealing = on;
\ir setup.sql
SELECT plan(28);
SELECT test.clock('2025-03-10 12:00:00');

-- The hash of the leaves from .. upto - 1, of a receipt's tiles alone; that of the leaf at index is not looked up in them.
CREATE FUNCTION pg_temp.subtree(evidence jsonb, index bigint, hash bytea, first bigint, upto bigint) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	half  bigint := 1;
	level int := 0;
	tile  bytea;
BEGIN
	IF first = index AND upto = index + 1 THEN
		RETURN hash;
	END IF;
	WHILE half * 2 < upto - first LOOP
		half := half * 2;
	END LOOP;
	WHILE 256::bigint ^ level < upto - first LOOP
		level := level + 1;
	END LOOP;
	IF 256::bigint ^ level = upto - first AND NOT (index >= first AND index < upto) THEN
		tile := (SELECT decode(t ->> 'hashes', 'base64') FROM jsonb_array_elements(evidence -> 'tiles') AS t
			WHERE (t ->> 'level')::int = level AND (t ->> 'index')::bigint = first >> 8 * (level + 1));
		RETURN substr(tile, ((first >> 8 * level) % 256)::int * 32 + 1, 32);
	END IF;
	RETURN sha256('\x01'::bytea || pg_temp.subtree(evidence, index, hash, first, first + half) || pg_temp.subtree(evidence, index, hash, first + half, upto));
END $$;
-- Whether an evidence's tiles prove that its leaves stand in the tree of its root.
CREATE FUNCTION pg_temp.proves(evidence jsonb) RETURNS boolean LANGUAGE sql AS $$
	SELECT bool_and(pg_temp.subtree(evidence, at, sha256('\x00'::bytea || decode(evidence -> 'leaves' ->> place, 'base64')), 0, (evidence ->> 'size')::bigint)
		= decode(evidence ->> 'root', 'base64'))
	FROM (VALUES ((evidence ->> 'index')::bigint, 0), ((evidence ->> 'last')::bigint, jsonb_array_length(evidence -> 'leaves') - 1)) AS ends (at, place)
$$;
-- What the same bytes are answered that a request was made of.
CREATE FUNCTION pg_temp.again(number bigint) RETURNS jsonb LANGUAGE sql AS $$
	SELECT test.call(q.op, o.kid, q.jti, 0, 0, q.hash, q.protected, q.payload, q.signature, NULL)
	FROM ledger.request q JOIN ledger.operator o ON o.id = q.operator WHERE q.number = again.number
$$;

-- a log of several tiles: 600 leaves of one command, and as many more
CREATE FUNCTION pg_temp.import(many int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT test.done('volunteer_import', 'worker', jsonb_build_object('community', 'A', 'lines',
		(SELECT jsonb_agg(jsonb_build_object('name', test.hidden('钱'))) FROM generate_series(1, many))), '{钱}')
$$;
CREATE TEMP TABLE before AS SELECT max(number) AS number, (SELECT max(index) + 1 FROM test.leaves) AS size FROM ledger.request;
SELECT pg_temp.import(600) \g /dev/null
SELECT test.done('org_add', 'admin', '{"parent": "A", "kind": "grid", "code": "G1", "name": "网格"}') \g /dev/null
SELECT pg_temp.import(300) \g /dev/null

-- checkpoints and tiles
SELECT is((SELECT (c.size, c.root) FROM api.checkpoint(NULL) c), (SELECT (l.size, l.root) FROM ledger.checkpoint l ORDER BY size DESC LIMIT 1), 'the newest checkpoint');
SELECT is((SELECT c.size FROM api.checkpoint(1) c), 1::bigint, 'that of a size');
SELECT is((SELECT c.size FROM api.checkpoint((SELECT size + 1 FROM before)) c), NULL, 'none where no commit ended');
SELECT is(api.tile(0, 1, 256), (SELECT hashes FROM ledger.tile WHERE level = 0 AND index = 1), 'a full tile');
SELECT is(api.tile(0, 1, 7), substr(api.tile(0, 1, 256), 1, 224), 'the first part of one');
SELECT is(api.tile(0, 3, 3), (SELECT string_agg(sha256('\x00'::bytea || body), '' ORDER BY index) FROM test.leaves WHERE index BETWEEN 768 AND 770), 'an open one, from the leaves');
SELECT is(api.tile(0, 3, 250), NULL, 'not more of it than there is');
SELECT is(api.tile(1, 0, 3), test.root(ARRAY(SELECT sha256('\x00'::bytea || body) FROM test.leaves WHERE index < 256 ORDER BY index))
	|| (SELECT string_agg(root, '' ORDER BY index) FROM ledger.tile_root WHERE level = 0 AND index IN (1, 2)), 'one of the next level, from the roots below');
SELECT is(api.tile(1, 0, 4), NULL, 'as far as they are full');
SELECT is(api.tile(2, 0, 1), NULL, 'and none above');
SELECT is(coalesce(api.tile(-1, 0, 1), api.tile(64, 0, 1), api.tile(0, -1, 1), api.tile(0, 0, 0), api.tile(0, 0, 257), api.tile(0, 9223372036854775807, 1)), NULL, 'nor where no tile can be');
SELECT is(core.tile_at(0, 0, 5), substr(api.tile(0, 0, 256), 1, 160), 'a tile as it was when the log was small');
SELECT is(core.tile_at(0, 1, 256), NULL, 'is not there yet');
SELECT throws_ok($$UPDATE ledger.tile_root SET level = 9$$, '23000', NULL, 'roots of tiles are not changed');

-- leaves in runs
SELECT is((SELECT array_agg(cardinality(l.bodies) ORDER BY l.first) FROM ledger.leaf l, before b WHERE l.first >= b.size), '{64,64,64,64,64,64,64,64,64,24,1,64,64,64,64,44}', 'a commit''s leaves stand in runs of 64');
SELECT is_empty($$SELECT l.index FROM test.leaves l WHERE (SELECT array_agg(x) FROM core.leaves(l.index, l.index) x) IS DISTINCT FROM ARRAY[(l.index, l.body)]$$, 'each is found by its index');
SELECT is_empty($$SELECT first FROM generate_series(0, 300) AS first, generate_series(0, 130, 13) AS more WHERE ARRAY(SELECT (x.index, x.body) FROM core.leaves(first, first + more) x ORDER BY x.index)
	IS DISTINCT FROM ARRAY(SELECT (l.index, l.body) FROM test.leaves l WHERE l.index BETWEEN first AND first + more ORDER BY l.index)$$, 'and any stretch of them, across runs too');
SELECT throws_ok($$INSERT INTO ledger.leaf VALUES (100000, array_fill('x'::bytea, ARRAY[65]))$$, '23514', NULL, 'no run is longer');
SELECT throws_ok($$INSERT INTO ledger.leaf VALUES (100000, '{}')$$, '23514', NULL, 'or empty');

-- replays
CREATE TEMP TABLE replay AS SELECT number, pg_temp.again(number) AS said FROM ledger.request WHERE number > 1;
SELECT is_empty($$SELECT number FROM replay WHERE NOT (said ->> 'replay')::boolean OR pg_temp.proves(said -> 'evidence') IS NOT TRUE$$, 'every replay comes with proofs of its first and last leaf');
SELECT is_empty($$SELECT number FROM replay JOIN ledger.request q USING (number)
	WHERE (said #>> '{evidence,size}')::bigint <> q.leaf_first + q.leaf_count OR (said ->> 'first')::bigint <> q.leaf_first OR (said ->> 'count')::int <> q.leaf_count$$,
	'against the checkpoint of its own commit');
SELECT is((SELECT jsonb_array_length(said #> '{evidence,leaves}') FROM replay, before b WHERE replay.number = b.number + 1), 600, 'all leaves of a bulk command');
SELECT is((SELECT said #> '{evidence,lines}' FROM replay ORDER BY number DESC LIMIT 1), jsonb_build_array(core.base64(decode(repeat('ab', 68), 'hex'))), 'with the lines of the note');
SELECT ok((SELECT max(jsonb_array_length(said #> '{evidence,tiles}')) FROM replay) <= 4, 'and no more tiles than the proofs are made of');
SELECT ok(NOT pg_temp.proves(jsonb_set(said -> 'evidence', '{leaves,0}', '"AAAA"')), 'another leaf is not proved') FROM replay WHERE number = 5;
SET test.sealing = off;
SELECT test.done('org_add', 'admin', '{"parent": "A", "kind": "grid", "code": "G2", "name": "网格"}') \g /dev/null
SELECT is((SELECT pg_temp.again(max(number)) - 'result' FROM ledger.request), (SELECT jsonb_build_object('replay', true, 'first', size, 'count', 1) FROM api.checkpoint(NULL)),
	'what is not sealed yet has no evidence');
SELECT api.seal((SELECT size FROM api.checkpoint(NULL)), ARRAY['{}'::bytea], '{}', '{}', '{}', (SELECT size + 1 FROM api.checkpoint(NULL)), sha256('x'), decode(repeat('cd', 64), 'hex'), '{}') \g /dev/null
SELECT is((SELECT pg_temp.again(max(number)) #>> '{evidence,lines,0}' FROM ledger.request), core.base64(decode(repeat('cd', 64), 'hex')),
	'of a checkpoint from before there were lines, the signature alone');
SELECT throws_ok($$INSERT INTO ledger.checkpoint VALUES (99999, sha256('x'), decode(repeat('00', 67), 'hex'))$$, '23514', NULL, 'no checkpoint has another signature');
SELECT * FROM finish();
ROLLBACK;
