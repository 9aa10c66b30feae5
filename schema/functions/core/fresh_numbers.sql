-- So many volunteer numbers that nobody has: ten random digits each, from the server's strong generator.
CREATE FUNCTION core.fresh_numbers(wanted int) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	numbers bigint[] := '{}'::bigint[];
BEGIN
	WHILE cardinality(numbers) < wanted LOOP
		SELECT numbers || array_agg(number) INTO numbers
		FROM (SELECT DISTINCT 1000000000 + ('x' || left(replace(gen_random_uuid()::text, '-', ''), 12))::bit(48)::bigint % 9000000000 AS number
			FROM generate_series(1, wanted - cardinality(numbers))) AS drawn
		WHERE number <> ALL (numbers)
		AND (SELECT v.number FROM ledger.volunteer v WHERE v.number = drawn.number) IS NULL;
	END LOOP;
	RETURN numbers;
END $$;
