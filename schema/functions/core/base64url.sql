-- base64url without padding. By replace() alone: translate() and rtrim() go through every character, which took half a millisecond a tile.
CREATE FUNCTION core.base64url(bytes bytea) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN replace(replace(replace(core.base64(bytes), '+', '-'), '/', '_'), '=', '');
