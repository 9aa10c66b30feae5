-- A name as the public may see it: 李**, however long it is.
CREATE FUNCTION core.mask_name(name text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN left(name, 1) || '**';
