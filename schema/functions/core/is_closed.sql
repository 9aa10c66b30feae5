-- Whether who carries out an operation may not see what its leaves say: a till learns what a redemption is called, not what the
-- volunteer has. As .closed in wire/op_points.c. Its leaves are salted, so that their hashes tell nothing.
CREATE FUNCTION core.is_closed(op text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN op IN ('redemption_make', 'redemption_refund');
