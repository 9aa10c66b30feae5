-- The kid of a public key of the ledger, NULL when the text is none of that use: of a JWK of P-256 in canonical form its thumbprint
-- (RFC 7638), of a verifier key of this ledger's log (C2SP signed-note, Ed25519) its key id in hex.
CREATE FUNCTION core.key_kid(use text, public text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	origin CONSTANT text := (SELECT i.aud FROM ledger.identity i);
	part   text[] := regexp_match(public, '^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$');
	id     text;
BEGIN
	IF use <> 'log' THEN
		RETURN CASE WHEN public ~ '^{"crv":"P-256","kty":"EC","x":"[A-Za-z0-9_-]{43}","y":"[A-Za-z0-9_-]{43}"}$'
			THEN core.base64url(sha256(convert_to(public, 'UTF8'))) END;
	ELSIF part IS NULL OR part[1] <> origin OR get_byte(decode(part[3], 'base64'), 0) <> 1 THEN
		RETURN NULL;
	END IF;
	id := left(encode(sha256(convert_to(origin || E'\n', 'UTF8') || decode(part[3], 'base64')), 'hex'), 8);
	RETURN CASE WHEN id = part[2] THEN id END;
END $$;
