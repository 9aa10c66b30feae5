#include "tests/fuzz/fuzz.h"

#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"
#include "wire/jws.h"
#include "wire/sha256.h"

#include <stdbool.h>

/* The key of RFC 7515 appendix A.3, and all that was ever signed with it in our profile: corpus/jws/request and enrolment. */
#define KID "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"
#define JWK                                                                                                                      \
	"{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","                                       \
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"
static const char *const signed_texts[][2] = {
	{"{\"alg\":\"ES256\",\"kid\":\"" KID "\",\"typ\":\"" JWS_REQUEST "\"}", "{\"aud\":\"county\",\"htm\":\"GET\",\"iat\":7}"},
	{"{\"alg\":\"ES256\",\"jwk\":" JWK ",\"kid\":\"" KID "\",\"typ\":\"" JWS_ENROL "\"}", "{\"aud\":\"county\",\"iat\":7}"},
};
static struct key *key;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *reason;
	json_t *jwk;

	(void)argc;
	(void)argv;
	base_init();
	jwk = json_parse(JWK, strlen(JWK), &reason);
	key = key_from_jwk(jwk);
	json_decref(jwk);
	HOLDS(key && !strcmp(key->kid, KID));
	return 0;
}

/* The compact string, made again from its decoded parts. */
static char *compact_again(const struct jws *jws)
{
	_cleanup_free_ char *protected = xmalloc(BASE64URL_LENGTH(jws->protected_length) + 1);
	_cleanup_free_ char *payload = xmalloc(BASE64URL_LENGTH(jws->payload_length) + 1);
	char signature[BASE64URL_LENGTH(ES256_SIGNATURE) + 1];

	base64url_encode(jws->protected, jws->protected_length, protected);
	base64url_encode(jws->payload, jws->payload_length, payload);
	base64url_encode(jws->signature, ES256_SIGNATURE, signature);
	return xasprintf("%s.%s.%s", protected, payload, signature);
}

static bool is_exactly(const unsigned char *bytes, size_t length, const char *text)
{
	return length == strlen(text) && !memcmp(bytes, text, length);
}

/* Whether the key's owner did sign this. */
static bool was_signed(const struct jws *jws)
{
	for (size_t i = 0; i < sizeof(signed_texts) / sizeof(signed_texts[0]); i++)
		if (is_exactly(jws->protected, jws->protected_length, signed_texts[i][0]) &&
		    is_exactly(jws->payload, jws->payload_length, signed_texts[i][1]))
			return true;
	return false;
}

/* What holds for every request that was taken. */
static void check(const struct jws *jws)
{
	_cleanup_free_ char *again = compact_again(jws);
	unsigned char hash[SHA256_BYTES], thumbprint[SHA256_BYTES];
	struct key *own;
	const char *reason;

	HOLDS(jws->compact_length == strlen(jws->compact) && !strcmp(jws->compact, again));
	HOLDS(jws->compact[jws->signing_length] == '.' && strchr(strchr(jws->compact, '.') + 1, '.') == jws->compact + jws->signing_length);
	sha256(jws->compact, jws->compact_length, hash);
	HOLDS(!memcmp(hash, jws->hash, sizeof(hash)));
	HOLDS(json_is_object(jws->content) && (!jws->personal || json_is_array(jws->personal)));
	HOLDS(!strcmp(jws->typ, JWS_REQUEST) || !strcmp(jws->typ, JWS_RESPONSE) || !strcmp(jws->typ, JWS_ENROL));
	HOLDS(!jws->jwk == (strcmp(jws->typ, JWS_ENROL) != 0));
	HOLDS(base64url_decode(jws->kid, strlen(jws->kid), thumbprint, sizeof(thumbprint)) == sizeof(thumbprint));
	HOLDS(jws_verify(jws, key) < 0 || was_signed(jws));
	own = jws_verify_enrolment(jws, &reason);
	HOLDS(!own || (jws->jwk && !strcmp(own->kid, jws->kid)));
	key_free(own);
}

/* Whether text that is written again has no escaped control character, which json_canonical() does not write. */
static bool is_writable(const json_t *value)
{
	_cleanup_free_ char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	for (const char *at = text; *at; at++)
		if (*at == '\x7f' || (*at == '\\' && *++at != '"' && *at != '\\'))
			return false;
	return true;
}

static void check_flat(const struct jws *jws)
{
	_cleanup_free_ char *text = NULL;
	struct jws *again;
	const char *reason;
	size_t length;

	if (jws->personal && !is_writable(jws->personal))
		return;
	text = jws_text(jws, &length);
	again = jws_parse(text, length, &reason);
	HOLDS(again && !strcmp(again->compact, jws->compact) && !again->personal == !jws->personal);
	HOLDS(!jws->personal || json_equal(again->personal, jws->personal));
	jws_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *reason = NULL;
	struct jws *jws = jws_parse_compact((const char *)data, size, &reason);

	HOLDS(!jws == (reason != NULL));
	if (jws) {
		HOLDS(jws->compact_length == size && !memcmp(jws->compact, data, size));
		check(jws);
	}
	jws_free(jws);
	reason = NULL;
	jws = jws_parse(data, size, &reason);
	HOLDS(jws || reason);
	if (jws) {
		check(jws);
		check_flat(jws);
	}
	jws_free(jws);
	return 0;
}
