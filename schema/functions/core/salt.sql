-- Sixteen bytes that nobody can guess, for a leaf whose hash is shown to somebody who may not see the leaf.
CREATE FUNCTION core.salt() RETURNS text
LANGUAGE sql VOLATILE
RETURN core.base64url(uuid_send(gen_random_uuid()));
