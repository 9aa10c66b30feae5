-- Writes what a batch adds to the log: its leaves from index first on, the tiles they filled with their roots, the checkpoint after them.
CREATE FUNCTION api.seal(first bigint, bodies bytea[], levels int[], indexes bigint[], hashes bytea[],
	size bigint, root bytea, signature bytea, roots bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
#variable_conflict use_variable
BEGIN
	INSERT INTO ledger.leaf (first, bodies) SELECT first + at - 1, bodies[at : at + 63] FROM generate_series(1, cardinality(bodies), 64) AS at;
	IF cardinality(levels) > 0 THEN
		INSERT INTO ledger.tile (level, index, hashes) SELECT t.* FROM unnest(levels, indexes, hashes) AS t;
		INSERT INTO ledger.tile_root (level, index, root) SELECT t.* FROM unnest(levels, indexes, roots) AS t;
	END IF;
	INSERT INTO ledger.checkpoint (size, root, signature) VALUES (size, root, signature);
END $$;
