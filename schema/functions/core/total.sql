-- A sum of whole numbers that stays one: sum() of bigints goes through numeric, at each row of a window.
CREATE AGGREGATE core.total(bigint) (SFUNC = int8pl, STYPE = bigint, INITCOND = '0');
