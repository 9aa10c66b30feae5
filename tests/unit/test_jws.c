#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/jws.h"
#include "wire/sha256.h"

#include <stdlib.h>
#include <string.h>

/* A part of a compact string from its text. */
static char *part(const char *text)
{
	char *encoded = xmalloc(BASE64URL_LENGTH(strlen(text)) + 1);

	base64url_encode(text, strlen(text), encoded);
	return encoded;
}

/* Signs header and payload as they are. */
static char *compact(const struct key *key, const char *header, const char *payload)
{
	_cleanup_free_ char *protected = part(header), *content = part(payload), *text = NULL;
	char signature_text[BASE64URL_LENGTH(ES256_SIGNATURE) + 1];
	unsigned char signature[ES256_SIGNATURE];

	text = xasprintf("%s.%s", protected, content);
	key_sign(key, text, strlen(text), signature);
	base64url_encode(signature, sizeof(signature), signature_text);
	return xasprintf("%s.%s", text, signature_text);
}

static struct jws *new_request(const struct key *key, json_t *personal)
{
	json_t *content = json_pack("{s:s, s:i}", "htu", "/v1/points/show", "iat", 7);
	struct jws *jws = jws_sign(key, JWS_REQUEST, content, personal);

	json_decref(content);
	return jws;
}

static void what_is_signed_comes_back_and_verifies(void **state)
{
	json_t *personal = json_pack("[{s:s}]", "value", "张三");
	struct key *key = key_new_p256(), *other = key_new_p256();
	struct jws *jws = new_request(key, personal), *again;
	unsigned char hash[SHA256_BYTES];
	const char *reason;
	size_t length;
	char *text = jws_text(jws, &length);

	(void)state;
	again = jws_parse(text, length, &reason);
	assert_non_null(again);
	assert_string_equal(again->compact, jws->compact);
	assert_int_equal(again->signing_length, jws->signing_length);
	assert_memory_equal(again->hash, jws->hash, sizeof(jws->hash));
	sha256(jws->compact, strlen(jws->compact), hash);
	assert_memory_equal(again->hash, hash, sizeof(hash));
	assert_string_equal(again->kid, key->kid);
	assert_string_equal(again->typ, JWS_REQUEST);
	assert_true(json_equal(again->content, jws->content));
	assert_true(json_equal(again->personal, personal));
	assert_null(again->jwk);
	assert_int_equal(again->payload_length, strlen("{\"htu\":\"/v1/points/show\",\"iat\":7}"));
	assert_memory_equal(again->payload, "{\"htu\":\"/v1/points/show\",\"iat\":7}", again->payload_length);
	assert_int_equal(jws_verify(again, key), 0);
	assert_int_equal(jws_verify(again, other), -1);
	free(text);
	jws_free(jws);
	jws_free(again);
	key_free(key);
	key_free(other);
	json_decref(personal);
}

static void every_altered_character_is_noticed(void **state)
{
	struct key *key = key_new_p256();
	struct jws *jws = new_request(key, NULL);
	_cleanup_free_ char *text = xstrdup(jws->compact);
	const char *reason;

	(void)state;
	for (size_t i = 0; i < jws->compact_length; i++) {
		struct jws *altered;

		text[i] = text[i] == 'A' ? 'B' : 'A';
		altered = jws_parse_compact(text, jws->compact_length, &reason);
		if (altered && jws_verify(altered, key) == 0)
			fail_msg("character %zu of %s altered", i, jws->compact);
		jws_free(altered);
		text[i] = jws->compact[i];
	}
	jws_free(jws);
	key_free(key);
}

static void another_keys_kid_does_not_verify(void **state)
{
	struct key *key = key_new_p256(), *other = key_new_p256();
	_cleanup_free_ char *header =
		xasprintf("{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"" JWS_REQUEST "\"}", other->kid);
	_cleanup_free_ char *text = compact(key, header, "{}");
	const char *reason;
	struct jws *jws = jws_parse_compact(text, strlen(text), &reason);

	(void)state;
	assert_non_null(jws);
	assert_int_equal(jws_verify(jws, key), -1);
	assert_int_equal(jws_verify(jws, other), -1);
	jws_free(jws);
	key_free(key);
	key_free(other);
}

#define HEADER(rest) "{\"alg\":\"ES256\",\"kid\":\"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\",\"typ\":\"" JWS_REQUEST "\"" rest "}"

static void refused_compact(const char *text, size_t length, const char *expected)
{
	const char *reason;
	struct jws *jws = jws_parse_compact(text, length, &reason);

	if (jws)
		fail_msg("%s was taken", text);
	assert_string_equal(reason, expected);
}

static void refused(const struct key *key, const char *header, const char *payload, const char *expected)
{
	_cleanup_free_ char *text = compact(key, header, payload);

	refused_compact(text, strlen(text), expected);
}

static void foreign_headers_are_refused(void **state)
{
	static const char members[] = "the protected header's members are not alg, kid and typ";
	static const char kid[] = "\"kid\":\"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\"";
	struct key *key = key_new_p256();
	char *none = xasprintf("{\"alg\":\"none\",%s,\"typ\":\"" JWS_REQUEST "\"}", kid);
	char *typ = xasprintf("{\"alg\":\"ES256\",%s,\"typ\":\"JWT\"}", kid);
	char *enrol = xasprintf("{\"alg\":\"ES256\",%s,\"typ\":\"" JWS_ENROL "\"}", kid);
	const char *reason;
	char *good = compact(key, HEADER(""), "{}");
	struct jws *jws = jws_parse_compact(good, strlen(good), &reason);

	(void)state;
	assert_non_null(jws); /* the control: this header is taken */
	jws_free(jws);
	refused(key, HEADER(",\"crit\":[]"), "{}", members);
	refused(key, HEADER(",\"b64\":false"), "{}", members);
	refused(key, HEADER(",\"jku\":\"https://x\""), "{}", members);
	refused(key, HEADER(",\"jwk\":{}"), "{}", "jwk belongs to an enrolment, and only there");
	refused(key, HEADER(",\"alg\":\"none\""), "{}", "duplicate member");
	refused(key, "{}", "{}", members);
	refused(key, "[]", "{}", "not an object");
	refused(key, none, "{}", "alg is not ES256");
	refused(key, typ, "{}", "unknown typ");
	refused(key, enrol, "{}", "jwk belongs to an enrolment, and only there");
	refused(key, "{\"alg\":\"ES256\",\"kid\":\"short\",\"typ\":\"" JWS_REQUEST "\"}", "{}", "kid is not a thumbprint");
	refused(key, HEADER(""), "{\"a\":1.5}", "a number with a fraction or an exponent");
	refused(key, HEADER(""), "{\"a\":1,\"a\":1}", "duplicate member");
	refused(key, HEADER(""), "", "empty");
	free(none);
	free(typ);
	free(enrol);
	free(good);
	key_free(key);
}

static void broken_compact_strings_are_refused(void **state)
{
	static const char parts[] = "a part is not base64url, or the signature not 64 bytes";
	struct key *key = key_new_p256();
	_cleanup_free_ char *good = compact(key, HEADER(""), "{}"), *padded = xasprintf("%s=", good);
	_cleanup_free_ char *four = xasprintf("%s.AAAA", good);

	(void)state;
	refused_compact("", 0, "not three parts");
	refused_compact("a.b", 3, "not three parts");
	refused_compact("..", 2, parts);
	refused_compact(padded, strlen(padded), parts);
	refused_compact(four, strlen(four), parts);
	refused_compact(good, strlen(good) - 1, parts);
	refused_compact(good, strlen(good) + 1, "NUL byte");
	key_free(key);
}

static void refused_flat(const char *text, const char *expected)
{
	const char *reason;

	assert_null(jws_parse(text, strlen(text), &reason));
	assert_string_equal(reason, expected);
}

static void other_members_beside_the_signature_are_refused(void **state)
{
	static const char members[] = "members are not protected, payload, signature and perhaps personal";

	(void)state;
	refused_flat("{}", members);
	refused_flat("{\"protected\":\"\",\"payload\":\"\",\"signature\":\"\",\"header\":{}}", members);
	refused_flat("{\"protected\":\"\",\"payload\":{},\"signature\":\"\"}", members);
	refused_flat("{\"protected\":\"\",\"payload\":\"\",\"signature\":\"\",\"personal\":{}}", members);
	refused_flat("{\"payload\":\"\",\"signatures\":[]}", members);
	refused_flat("{\"protected\":\"\",\"protected\":\"\",\"payload\":\"\",\"signature\":\"\"}", "duplicate member");
	refused_flat("{\"protected\":\"a.b\",\"payload\":\"c\",\"signature\":\"\"}",
		     "a part is not base64url, or the signature not 64 bytes");
}

static void an_enrolment_is_verified_by_the_key_that_it_carries(void **state)
{
	struct key *key = key_new_p256(), *found;
	json_t *content = json_pack("{s:s}", "aud", "county");
	struct jws *jws = jws_sign(key, JWS_ENROL, content, NULL), *again;
	const char *reason;

	(void)state;
	again = jws_parse_compact(jws->compact, jws->compact_length, &reason);
	assert_non_null(again);
	found = jws_verify_enrolment(again, &reason);
	assert_non_null(found);
	assert_string_equal(found->kid, key->kid);
	key_free(found);
	again->signature[10] ^= 1;
	assert_null(jws_verify_enrolment(again, &reason));
	assert_string_equal(reason, "the signature is not the key's");
	jws_free(again);
	again = new_request(key, NULL);
	assert_null(jws_verify_enrolment(again, &reason));
	assert_string_equal(reason, "not an enrolment");
	jws_free(again);
	jws_free(jws);
	json_decref(content);
	key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_signed_comes_back_and_verifies),
		cmocka_unit_test(every_altered_character_is_noticed),
		cmocka_unit_test(another_keys_kid_does_not_verify),
		cmocka_unit_test(foreign_headers_are_refused),
		cmocka_unit_test(broken_compact_strings_are_refused),
		cmocka_unit_test(other_members_beside_the_signature_are_refused),
		cmocka_unit_test(an_enrolment_is_verified_by_the_key_that_it_carries),
	};

	base_init();
	return cmocka_run_group_tests_name("jws", tests, NULL, NULL);
}
