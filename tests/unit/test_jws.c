#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"
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

/* Ours is split without a parser: a form that says the same otherwise must give the same. */
static void other_spellings_of_the_same_are_the_same(void **state)
{
	struct key *key = key_new_p256();
	_cleanup_free_ char *spaced = xasprintf("{ \"kid\": \"%s\", \"typ\": \"%s\", \"alg\": \"ES256\" }", key->kid, JWS_REQUEST);
	_cleanup_free_ char *text = compact(key, spaced, "{\"x\":1}"), *copy = xstrdup(text);
	const char *protected = copy, *payload, *signature, *reason;
	char *flat[3];

	(void)state;
	payload = strchr(copy, '.') + 1;
	signature = strrchr(copy, '.') + 1;
	copy[payload - copy - 1] = copy[signature - copy - 1] = '\0';
	flat[0] = xasprintf("{\"payload\":\"%s\",\"protected\":\"%s\",\"signature\":\"%s\"}", payload, protected, signature);
	flat[1] = xasprintf("{\"signature\":\"%s\",\n\"protected\":\"%s\",\"payload\":\"%s\" }", signature, protected, payload);
	flat[2] = xasprintf("{\"payload\":\"\\u%04x%s\",\"protected\":\"%s\",\"signature\":\"%s\"}", (unsigned)*payload, payload + 1,
			    protected, signature);
	for (size_t i = 0; i < 3; i++) {
		struct jws *jws = jws_parse(flat[i], strlen(flat[i]), &reason);

		assert_non_null(jws);
		assert_string_equal(jws->compact, text);
		assert_string_equal(jws->kid, key->kid);
		assert_string_equal(jws->typ, JWS_REQUEST);
		assert_int_equal(jws_verify(jws, key), 0);
		jws_free(jws);
		free(flat[i]);
	}
	key_free(key);
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

/* A flattened request from its three parts. */
static char *flat(const char *protected, const char *payload, const char *signature)
{
	return xasprintf("{\"payload\":\"%s\",\"protected\":\"%s\",\"signature\":\"%s\"}", payload, protected, signature);
}

#define SIGNATURE "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

static void parts_in_other_spellings_are_refused(void **state)
{
	static const char *const bad[] = {"e30=", "e31", "e3 0", "e30\\n", " e30", "e3+", "e3/", "e3", "e", "e30.", "e30\xc3\xa9"};
	static const char *const signatures[] = {
		"", "AA", SIGNATURE "=", SIGNATURE "==", SIGNATURE "AA", SIGNATURE "AAA", SIGNATURE ".", SIGNATURE ".e30",
		"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1R", /* spare bits */
		"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU", /* 63 bytes */
		"DtEhU3ljbEg8L38VWAfUAqOyKAM6+Xx+F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3+Kg6NU1Q",
	};
	static const char parts[] = "a part is not base64url, or the signature not 64 bytes";
	_cleanup_free_ char *header = part(HEADER("")), *good = flat(header, "e30", SIGNATURE);
	const char *reason;
	struct jws *jws = jws_parse(good, strlen(good), &reason);

	(void)state;
	assert_non_null(jws); /* the control */
	jws_free(jws);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_free_ char *payload = flat(header, bad[i], SIGNATURE), *protected = flat(bad[i], "e30", SIGNATURE);

		refused_flat(payload, parts);
		refused_flat(protected, parts);
	}
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		_cleanup_free_ char *text = flat(header, "e30", signatures[i]);

		refused_flat(text, parts);
	}
}

static void bytes_around_a_request_are_refused(void **state)
{
	_cleanup_free_ char *header = part(HEADER("")), *good = flat(header, "e30", SIGNATURE);
	_cleanup_free_ char *twice = xasprintf("%s%s", good, good), *bom = xasprintf("\xef\xbb\xbf%s", good);
	_cleanup_free_ char *list = xasprintf("[%s]", good), *after = xasprintf("%s,", good), *open = xasprintf("%.*s",
	(int)strlen(good) - 1, good);
	const char *reason;

	(void)state;
	refused_flat(twice, "bytes after the end");
	refused_flat(after, "bytes after the end");
	refused_flat(bom, "not JSON");
	refused_flat(list, "not an object");
	refused_flat(open, "ends too early");
	refused_flat("", "empty");
	assert_null(jws_parse(good, strlen(good) + 1, &reason));
	assert_string_equal(reason, "NUL byte");
}

/* What a flattened request's members may be. */
static void members_of_other_types_are_refused(void **state)
{
	static const char members[] = "members are not protected, payload, signature and perhaps personal";
	static const char *const bad[] = {
		"\"personal\":null", "\"personal\":\"\"", "\"personal\":1", "\"personal\":true", "\"header\":{\"kid\":\"1\"}", "\"Personal\":[]",
		"\"payload \":\"\"", "\"\":\"\"", "\"signatures\":[]",
	};
	_cleanup_free_ char *header = part(HEADER(""));

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_free_ char *text =
			xasprintf("{\"payload\":\"e30\",\"protected\":\"%s\",\"signature\":\"" SIGNATURE "\",%s}", header, bad[i]);

		refused_flat(text, members);
	}
	refused_flat("{\"payload\":\"e30\",\"protected\":1,\"signature\":\"\"}", members);
	refused_flat("{\"payload\":null,\"protected\":\"\",\"signature\":\"\"}", members);
	refused_flat("{\"payload\":\"\",\"protected\":\"\",\"signature\":[]}", members);
	refused_flat("{\"payload\":\"\",\"protected\":\"\"}", members);
	refused_flat("{\"payload\":\"\",\"protected\":\"\",\"signature\":\"\",\"personal\":[],\"personal\":[]}", "duplicate member");
	refused_flat("{\"payload\":\"\",\"protected\":\"\",\"signature\":\"\",\"personal\":[{\"a\":1,\"a\":2}]}", "duplicate member");
	refused_flat("{\"payload\":\"\",\"protected\":\"\",\"signature\":\"\",\"personal\":[1.0]}", "a number with a fraction or an exponent");
}

static void payloads_outside_the_profile_are_refused(void **state)
{
	static const struct {
		const char *payload, *reason;
	} cases[] = {
		{"{\"a\":9007199254740992}", "integer of 2^53 or more"}, {"{\"a\":-9007199254740992}", "integer of 2^53 or more"},
		{"{\"a\":99999999999999999999}", "number too large"}, {"{\"a\":1e400}", "number too large"},
		{"{\"a\":1E2}", "a number with a fraction or an exponent"}, {"{\"a\":-0.0}", "a number with a fraction or an exponent"},
		{"{\"a\":01}", "not JSON"}, {"{\"a\":+1}", "not JSON"}, {"{\"a\":NaN}", "not JSON"}, {"{\"a\":'b'}", "not JSON"},
		{"{\"a\":1}{}", "bytes after the end"}, {"{\"a\":1} x", "bytes after the end"}, {"{\"a\":1,}", "not JSON"},
		{"{\"a\":{\"b\":1,\"b\":1}}", "duplicate member"}, {"{\"a\":1,\"\\u0061\":1}", "duplicate member"},
		{"{\"a\":\"\\u0000\"}", "NUL in a string"}, {"{\"\\u0000\":1}", "NUL in a member's name"}, {"{\"\xc3\xa9\":1}",
		"a member's name is not printable ASCII"},
		{"{\"a\":\"\xff\"}", "invalid UTF-8"}, {"{\"a\":\"\xed\xa0\x80\"}", "invalid UTF-8"}, {"{\"a\":\"\\ud800\"}", "not JSON"}, {"[]",
		"not an object"},
		{"1", "not JSON"}, {"null", "not JSON"}, {"\"{}\"", "not JSON"}, {" ", "ends too early"},
		{"{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}", "too deep"},
	};
	struct key *key = key_new_p256();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refused(key, HEADER(""), cases[i].payload, cases[i].reason);
	key_free(key);
}

static void headers_in_other_spellings_are_refused(void **state)
{
	static const char kid[] = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
	static const struct {
		const char *alg, *kid, *typ, *reason;
	} cases[] = {
		{"es256", kid, JWS_REQUEST, "alg is not ES256"}, {"ES384", kid, JWS_REQUEST, "alg is not ES256"}, {"HS256",
		kid, JWS_REQUEST, "alg is not ES256"},
		{"EdDSA", kid, JWS_REQUEST, "alg is not ES256"}, {"", kid, JWS_REQUEST, "alg is not ES256"}, {"ES256 ",
		kid, JWS_REQUEST, "alg is not ES256"},
		{"ES256", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFV", JWS_REQUEST, "kid is not a thumbprint"}, /* spare bits */
		{"ES256", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=", JWS_REQUEST, "kid is not a thumbprint"},
		{"ES256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", JWS_REQUEST, "kid is not a thumbprint"},
		{"ES256", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFUA", JWS_REQUEST, "kid is not a thumbprint"},
		{"ES256", "", JWS_REQUEST, "kid is not a thumbprint"}, {"ES256", kid, "", "unknown typ"},
		{"ES256", kid, "application/lovebank-request+jws", "unknown typ"}, {"ES256", kid, "LOVEBANK-REQUEST+JWS", "unknown typ"},
	};
	static const char *const lists[] = {
		"{\"alg\":[\"ES256\"],\"kid\":\"\",\"typ\":\"\"}", "{\"alg\":\"ES256\",\"kid\":\"\"}", "{\"alg\":\"ES256\",\"typ\":\"\"}",
		"{\"kid\":\"\",\"typ\":\"\"}",
		"{\"alg\":\"ES256\",\"kid\":1,\"typ\":\"\"}", "{\"alg\":\"ES256\",\"kid\":\"\",\"typ\":null}",
		"{\"Alg\":\"ES256\",\"kid\":\"\",\"typ\":\"\"}",
	};
	struct key *key = key_new_p256();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *header = xasprintf("{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"%s\"}", cases[i].alg, cases[i].kid, cases[i].typ);

		refused(key, header, "{}", cases[i].reason);
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		refused(key, lists[i], "{}", "the protected header's members are not alg, kid and typ");
	key_free(key);
}

/* An enrolment that is signed by key; jwk is JSON text. */
static void enrolment_refused(const struct key *key, const char *jwk, const char *expected)
{
	_cleanup_free_ char *header =
		xasprintf("{\"alg\":\"ES256\",\"jwk\":%s,\"kid\":\"%s\",\"typ\":\"" JWS_ENROL "\"}", jwk, key->kid);
	_cleanup_free_ char *text = compact(key, header, "{}");
	const char *reason;
	struct jws *jws = jws_parse_compact(text, strlen(text), &reason);

	assert_non_null(jws);
	assert_null(jws_verify_enrolment(jws, &reason));
	assert_string_equal(reason, expected);
	jws_free(jws);
}

static void an_enrolments_key_is_a_p256_key_and_no_more(void **state)
{
	static const char none[] = "jwk is no P-256 key";
	struct key *key = key_new_p256(), *other = key_new_p256();
	json_t *jwk = key_jwk(key), *private = json_deep_copy(jwk), *others = key_jwk(other);
	_cleanup_free_ char *private_text = NULL, *others_text = json_canonical(others, NULL);

	(void)state;
	json_object_set_new(private, "d", json_string("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"));
	private_text = json_canonical(private, NULL);
	enrolment_refused(key, private_text, none);
	enrolment_refused(key, others_text, "the signature is not the key's");
	enrolment_refused(key, "null", none);
	enrolment_refused(key, "[]", none);
	enrolment_refused(key, "\"\"", none);
	enrolment_refused(key, "{}", none);
	enrolment_refused(key, "{\"kty\":\"oct\",\"k\":\"AAAA\"}", none);
	json_decref(jwk);
	json_decref(private);
	json_decref(others);
	key_free(key);
	key_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_signed_comes_back_and_verifies),
		cmocka_unit_test(other_spellings_of_the_same_are_the_same),
		cmocka_unit_test(every_altered_character_is_noticed),
		cmocka_unit_test(another_keys_kid_does_not_verify),
		cmocka_unit_test(foreign_headers_are_refused),
		cmocka_unit_test(broken_compact_strings_are_refused),
		cmocka_unit_test(other_members_beside_the_signature_are_refused),
		cmocka_unit_test(an_enrolment_is_verified_by_the_key_that_it_carries),
		cmocka_unit_test(parts_in_other_spellings_are_refused),
		cmocka_unit_test(bytes_around_a_request_are_refused),
		cmocka_unit_test(members_of_other_types_are_refused),
		cmocka_unit_test(payloads_outside_the_profile_are_refused),
		cmocka_unit_test(headers_in_other_spellings_are_refused),
		cmocka_unit_test(an_enrolments_key_is_a_p256_key_and_no_more),
	};

	base_init();
	return cmocka_run_group_tests_name("jws", tests, NULL, NULL);
}
