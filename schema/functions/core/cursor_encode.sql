-- An opaque place in a list.
CREATE FUNCTION core.cursor_encode(place bigint) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN core.base64url(int8send(place));
