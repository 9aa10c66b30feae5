-- Whether the strings of a JSON text are in NFC. ASCII without escapes is; to look closer costs more than reading 500 lines.
CREATE FUNCTION core.is_normalized(json text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN octet_length(json) = length(json) AND position('\u' IN json) = 0 OR json::jsonb::text IS NFC NORMALIZED;
