-- A phone number as the public may see it: first three and last four digits, nothing of a short one.
CREATE FUNCTION core.mask_phone(phone text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN length(phone) < 9 THEN '****' ELSE left(phone, 3) || '****' || right(phone, 4) END;
