-- The sums that prove a statement, each with its two sides, reckoned by two ways.
CREATE FUNCTION core.statement_proof(fund int, upto date, sums jsonb, opening bigint, restricted bigint, unrestricted bigint,
	assets bigint, payable bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_agg(jsonb_build_object('check', c.name, 'computed', c.computed::text, 'stated', c.stated::text, 'holds', c.computed = c.stated)
		ORDER BY c.place)
	FROM (VALUES
		(1, 'movements', opening + (sums ->> 'taken_over')::bigint + (sums ->> 'income')::bigint - (sums ->> 'spending')::bigint
			+ (sums ->> 'transfer')::bigint + (sums ->> 'otherwise')::bigint, restricted + unrestricted),
		(2, 'position', assets - payable, restricted + unrestricted),
		(3, 'purposes', (SELECT coalesce(sum((p ->> 'restricted')::bigint), 0)::bigint
			FROM jsonb_array_elements(core.statement_purposes(fund, upto)) AS x (p)), restricted)
	) AS c (place, name, computed, stated)
$$;
