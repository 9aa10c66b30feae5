-- base64url without padding.
CREATE FUNCTION core.base64url(bytes bytea) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN rtrim(translate(encode(bytes, 'base64'), E'+/\n', '-_'), '=');
