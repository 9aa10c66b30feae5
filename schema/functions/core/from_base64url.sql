-- Bytes of base64url without padding; C has checked the shape.
CREATE FUNCTION core.from_base64url(encoded text) RETURNS bytea
LANGUAGE sql IMMUTABLE
RETURN decode(rpad(translate(encoded, '-_', '+/'), (length(encoded) + 3) / 4 * 4, '='), 'base64');
