-- base64 with padding, on one line.
CREATE FUNCTION core.base64(bytes bytea) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN replace(encode(bytes, 'base64'), E'\n', '');
