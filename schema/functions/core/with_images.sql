-- The leaves of one posted entry, with the images of the other rows that were written.
CREATE FUNCTION core.with_images(leaves jsonb, VARIADIC image jsonb[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN jsonb_build_array((leaves -> 0) || core.images(VARIADIC image));
