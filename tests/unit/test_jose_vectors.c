#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"
#include "wire/jws.h"
#include "wire/sha256.h"

#include <stdlib.h>
#include <string.h>

/* What RFC 7515 (JWS), RFC 7517 (JWK) and RFC 7638 (thumbprints) print, against what our profile takes of it. */

#define CLAIMS "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
#define ES256_HEADER "eyJhbGciOiJFUzI1NiJ9"
#define ES256_SIGNED "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
#define HS256_HEADER "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
#define HS256_SIGNED "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define NONE_HEADER "eyJhbGciOiJub25lIn0"

static const char es256_jwk[] = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
				"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}";

static struct key *key_from_text(const char *text)
{
	const char *reason;
	json_t *jwk = json_parse(text, strlen(text), &reason);
	struct key *key = jwk ? key_from_jwk(jwk) : NULL;

	json_decref(jwk);
	return key;
}

/* RFC 7515 appendix C. */
static void base64url_is_that_of_appendix_c(void **state)
{
	static const unsigned char octets[] = {3, 236, 255, 224, 193};
	char text[BASE64URL_LENGTH(sizeof(octets)) + 1];
	unsigned char back[sizeof(octets)];

	(void)state;
	base64url_encode(octets, sizeof(octets), text);
	assert_string_equal(text, "A-z_4ME");
	assert_int_equal(base64url_decode(text, strlen(text), back, sizeof(back)), sizeof(back));
	assert_memory_equal(back, octets, sizeof(octets));
}

/* RFC 7515 appendix A.1.1: the header and the claims with their line breaks. */
static void the_parts_of_appendix_a_are_encoded_so(void **state)
{
	static const char header[] = "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}";
	static const char claims[] = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
	char text[BASE64URL_LENGTH(sizeof(claims)) + 1];

	(void)state;
	base64url_encode(header, strlen(header), text);
	assert_string_equal(text, HS256_HEADER);
	base64url_encode(claims, strlen(claims), text);
	assert_string_equal(text, CLAIMS);
}

/* RFC 7515 appendix A.3: the signature is good, and the key's alone. */
static void the_signature_of_appendix_a_3_verifies(void **state)
{
	static const char input[] = ES256_HEADER "." CLAIMS;
	struct key *key = key_from_text(es256_jwk), *other = key_new_p256();
	unsigned char signature[ES256_SIGNATURE];

	(void)state;
	assert_non_null(key);
	assert_int_equal(base64url_decode(ES256_SIGNED, strlen(ES256_SIGNED), signature, sizeof(signature)), sizeof(signature));
	assert_int_equal(signature[0], 14);
	assert_int_equal(signature[31], 101);
	assert_int_equal(signature[32], 197);
	assert_int_equal(signature[63], 213);
	assert_int_equal(key_verify(key, input, strlen(input), signature), 0);
	assert_int_equal(key_verify(other, input, strlen(input), signature), -1);
	assert_int_equal(key_verify(key, input, strlen(input) - 1, signature), -1);
	key_free(key);
	key_free(other);
}

static void refused(const char *text, const char *expected)
{
	const char *reason;

	assert_null(jws_parse_compact(text, strlen(text), &reason));
	assert_string_equal(reason, expected);
}

static void refused_flat(const char *text, const char *expected)
{
	const char *reason;

	assert_null(jws_parse(text, strlen(text), &reason));
	assert_string_equal(reason, expected);
}

/* Good signatures, but not in our profile: no kid, no typ, other algorithms, other serializations. */
static void the_examples_are_outside_our_profile(void **state)
{
	static const char members[] = "the protected header's members are not alg, kid and typ";
	static const char parts[] = "a part is not base64url, or the signature not 64 bytes";
	static const char flat[] = "members are not protected, payload, signature and perhaps personal";

	(void)state;
	refused(ES256_HEADER "." CLAIMS "." ES256_SIGNED, members); /* A.3 */
	refused(HS256_HEADER "." CLAIMS "." HS256_SIGNED, parts);   /* A.1: 32 bytes */
	refused(NONE_HEADER "." CLAIMS ".", parts);                 /* A.5 */
	refused(NONE_HEADER "." CLAIMS "." ES256_SIGNED, members);
	/* A.6, the general form; A.7, the flattened form with an unprotected header. */
	refused_flat("{\"payload\":\"" CLAIMS "\",\"signatures\":[{\"protected\":\"" ES256_HEADER
		     "\",\"header\":{\"kid\":\"e9bc097a-ce51-4036-9562-d2ade882db0d\"},\"signature\":\"" ES256_SIGNED "\"}]}",
		     flat);
	refused_flat("{\"payload\":\"" CLAIMS "\",\"protected\":\"" ES256_HEADER
		     "\",\"header\":{\"kid\":\"e9bc097a-ce51-4036-9562-d2ade882db0d\"},\"signature\":\"" ES256_SIGNED "\"}",
		     flat);
	/* A.7 without that header is well formed, and then its protected header is judged. */
	refused_flat("{\"payload\":\"" CLAIMS "\",\"protected\":\"" ES256_HEADER "\",\"signature\":\"" ES256_SIGNED "\"}", members);
}

/* RFC 7515 appendix E: a critical extension that nobody knows. */
static void critical_extensions_are_refused(void **state)
{
	static const char header[] = "{\"alg\":\"none\",\r\n \"crit\":[\"http://example.invalid/UNDEFINED\"],\r\n \"http://example.invalid/UNDEFINED\":true\r\n}";
	char text[BASE64URL_LENGTH(sizeof(header)) + 1], whole[512];

	(void)state;
	base64url_encode(header, strlen(header), text);
	assert_string_equal(text, "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5pbnZhbGlkL1VOREVGSU5FRCJdLA0KICJodHRwOi8vZXhhbXBsZS5pbnZhbGlkL1VOREVG"
				  "SU5FRCI6dHJ1ZQ0KfQ");
	strcpy(whole, text);
	strcat(whole, ".RkFJTA.");
	refused(whole, "a part is not base64url, or the signature not 64 bytes");
	strcat(whole, ES256_SIGNED);
	refused(whole, "the protected header's members are not alg, kid and typ");
}

/* RFC 7517 appendix A.1: the key is taken, its "use" and "kid" are not. */
static void a_jwk_has_the_members_of_its_key_and_no_more(void **state)
{
#define A1 "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\",\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\""
	struct key *key = key_from_text("{" A1 "}");

	(void)state;
	assert_non_null(key);
	key_free(key);
	assert_null(key_from_text("{" A1 ",\"use\":\"enc\",\"kid\":\"1\"}"));
	assert_null(key_from_text("{" A1 ",\"alg\":\"ES256\"}"));
	assert_null(key_from_text("{" A1 ",\"d\":\"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE\"}"));
}

/* RFC 7638 section 3.1: the thumbprint is of the canonical form of the required members. */
static void the_thumbprint_is_of_the_canonical_form(void **state)
{
	static const char n[] = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64t"
				"Z_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n9"
				"1CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
	json_t *jwk = json_pack("{s:s, s:s, s:s}", "kty", "RSA", "n", n, "e", "AQAB");
	struct key *key = key_from_text(es256_jwk);
	char text[BASE64URL_LENGTH(SHA256_BYTES) + 1];
	unsigned char hash[SHA256_BYTES];
	size_t length;
	char *canonical = json_canonical(jwk, &length);

	(void)state;
	sha256(canonical, length, hash);
	base64url_encode(hash, sizeof(hash), text);
	assert_string_equal(text, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	assert_string_equal(key->kid, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"); /* the same for the key of A.3 */
	free(canonical);
	json_decref(jwk);
	key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64url_is_that_of_appendix_c),
		cmocka_unit_test(the_parts_of_appendix_a_are_encoded_so),
		cmocka_unit_test(the_signature_of_appendix_a_3_verifies),
		cmocka_unit_test(the_examples_are_outside_our_profile),
		cmocka_unit_test(critical_extensions_are_refused),
		cmocka_unit_test(a_jwk_has_the_members_of_its_key_and_no_more),
		cmocka_unit_test(the_thumbprint_is_of_the_canonical_form),
	};

	base_init();
	return cmocka_run_group_tests_name("jose vectors", tests, NULL, NULL);
}
