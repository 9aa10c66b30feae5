-- Each amount with the other sign, in the same order.
CREATE FUNCTION core.negated(amounts bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE
RETURN ARRAY(SELECT -amount FROM unnest(amounts) WITH ORDINALITY AS a (amount, place) ORDER BY place);
