-- Writes what a batch adds to the log: its leaves from index first on, the tiles they filled, the checkpoint after them.
CREATE FUNCTION api.seal(first bigint, bodies bytea[], levels int[], indexes bigint[], hashes bytea[],
	size bigint, root bytea, signature bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
	INSERT INTO ledger.leaf (index, body) SELECT first + place - 1, body FROM unnest(bodies) WITH ORDINALITY AS b (body, place);
	INSERT INTO ledger.tile (level, index, hashes) SELECT * FROM unnest(levels, indexes, hashes);
	INSERT INTO ledger.checkpoint (size, root, signature) VALUES (size, root, signature);
$$;
