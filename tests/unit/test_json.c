#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/json.h"
#include "wire/jws.h"
#include "wire/op.h"
#include "wire/problem.h"

#include <stdlib.h>
#include <string.h>

#define BYTES(text) text, sizeof(text) - 1

static void refused(const char *bytes, size_t length, const char *expected)
{
	const char *reason = NULL;
	json_t *value = json_parse(bytes, length, &reason);

	if (value)
		fail_msg("taken: %s", bytes);
	assert_string_equal(reason, expected);
}

static void the_profile_is_taken(void **state)
{
	const char *text = "{\"a\":[1,-9007199254740991,9007199254740991,true,null],\"b\":{\"\":\"\xe7\x88\xb1 \xf0\x9f\x92\x97\"}}";
	const char *reason;
	json_t *value = json_parse(text, strlen(text), &reason);

	(void)state;
	assert_non_null(value);
	json_decref(value);
}

static void what_is_outside_the_profile_is_refused(void **state)
{
	(void)state;
	refused(BYTES(""), "empty");
	refused(BYTES("[]"), "not an object");
	refused(BYTES("1"), "not JSON");
	refused(BYTES("{"), "ends too early");
	refused(BYTES("{}x"), "bytes after the end");
	refused(BYTES("{}{}"), "bytes after the end");
	refused(BYTES("{\"a\":1}\0"), "NUL byte");
	refused(BYTES("{\"a\":1\0}"), "NUL byte");
	refused(BYTES("\xef\xbb\xbf{}"), "not JSON");
	refused(BYTES("{'a':1}"), "not JSON");
	refused(BYTES("{\"a\":1,}"), "not JSON");
	refused(BYTES("{\"a\":01}"), "not JSON");
	refused(BYTES("{\"a\":NaN}"), "not JSON");
	refused(BYTES("{\"a\":1.0}"), "a number with a fraction or an exponent");
	refused(BYTES("{\"a\":1E2}"), "a number with a fraction or an exponent");
	refused(BYTES("{\"a\":1e999}"), "number too large");
	refused(BYTES("{\"a\":9007199254740992}"), "integer of 2^53 or more");
	refused(BYTES("{\"a\":[-9007199254740992]}"), "integer of 2^53 or more");
	refused(BYTES("{\"a\":92233720368547758080}"), "number too large");
	refused(BYTES("{\"a\":1,\"a\":1}"), "duplicate member");
	refused(BYTES("{\"a\":1,\"\\u0061\":1}"), "duplicate member");
	refused(BYTES("{\"\xc3\xa9\":1}"), "a member's name is not printable ASCII");
	refused(BYTES("{\"\\u00e9\":1}"), "a member's name is not printable ASCII");
	refused(BYTES("{\"\\t\":1}"), "a member's name is not printable ASCII");
	refused(BYTES("{\"a\":\"\xff\"}"), "invalid UTF-8");
	refused(BYTES("{\"a\":\"\xc0\xaf\"}"), "invalid UTF-8");
	refused(BYTES("{\"a\":\"\xed\xa0\x80\"}"), "invalid UTF-8");
}

static void taken(const char *text)
{
	const char *reason = NULL;
	json_t *value = json_parse(text, strlen(text), &reason);

	assert_non_null(value);
	json_decref(value);
}

static void raw_control_characters_are_refused_and_escaped_ones_left_to_the_fields(void **state)
{
	char escaped[] = "{\"a\":\"\\u0000\"}", raw[] = "{\"a\":\"x\"}";

	(void)state;
	refused(escaped, strlen(escaped), "NUL in a string");
	for (char c = 1; c < 0x20; c++) {
		raw[6] = c;
		refused(raw, strlen(raw), "not JSON");
		escaped[10] = (char)('0' + c / 16);
		escaped[11] = "0123456789abcdef"[c % 16];
		taken(escaped);
	}
	taken("{\"a\":\"\x7f\"}");
	taken("{\"a\":[\"\\n\"]}");
	refused(BYTES("{\"\\u0000\":1}"), "NUL in a member's name");
}

static char *nested(size_t depth)
{
	char *text = xcalloc(1, 5 + 2 * depth);

	strcpy(text, "{\"\":");
	memset(text + 4, '[', depth - 1);
	memset(text + 4 + depth - 1, ']', depth - 1);
	text[4 + 2 * (depth - 1)] = '}';
	return text;
}

static void depth_ends_at_16(void **state)
{
	char *good = nested(16), *bad = nested(17), *deep = nested(100000);
	const char *reason;
	json_t *value = json_parse(good, strlen(good), &reason);

	(void)state;
	assert_non_null(value);
	json_decref(value);
	refused(bad, strlen(bad), "too deep");
	refused(deep, strlen(deep), "too deep");
	free(good);
	free(bad);
	free(deep);
}

static void canonical_form_is_sorted_compact_and_stable(void **state)
{
	const char *text = " { \"b\" : [ 1 , -0 ] , \"a\" : \"\\u7231\\/\\\"\\\\\" , \"B\" : null }", *reason;
	json_t *value = json_parse(text, strlen(text), &reason);
	size_t length;
	char *canonical = json_canonical(value, &length), *again;

	(void)state;
	assert_string_equal(canonical, "{\"B\":null,\"a\":\"\xe7\x88\xb1/\\\"\\\\\",\"b\":[1,0]}");
	assert_int_equal(length, strlen(canonical));
	json_decref(value);
	value = json_parse(canonical, length, &reason);
	again = json_canonical(value, NULL);
	assert_string_equal(again, canonical);
	json_decref(value);
	free(canonical);
	free(again);
}

static const struct choice channels[] = {{"public", "公开募捐"}, {"grant", "政府购买"}, {NULL, NULL}};

static const struct field line_fields[] = {
	{.name = "volunteer", .type = FIELD_ID, .flags = FIELD_REQUIRED},
	{.name = "points", .type = FIELD_POINTS},
	{.name = NULL},
};

static const struct field fields[] = {
	{.name = "fund", .type = FIELD_CODE},
	{.name = "name", .type = FIELD_TEXT, .max = 4},
	{.name = "label", .type = FIELD_LABEL},
	{.name = "id", .type = FIELD_ID},
	{.name = "count", .type = FIELD_COUNT, .max = 10},
	{.name = "amount", .type = FIELD_MONEY},
	{.name = "net", .type = FIELD_MONEY, .flags = FIELD_SIGNED},
	{.name = "day", .type = FIELD_DATE},
	{.name = "starts_at", .type = FIELD_TIME},
	{.name = "flag", .type = FIELD_FLAG},
	{.name = "channel", .type = FIELD_CHOICE, .choices = channels},
	{.name = "proof", .type = FIELD_PROOF},
	{.name = "cursor", .type = FIELD_CURSOR},
	{.name = "hash", .type = FIELD_HASH},
	{.name = "phone", .type = FIELD_TEXT, .flags = FIELD_PERSONAL},
	{.name = "lines", .type = FIELD_LIST, .min = 1, .max = 2, .items = line_fields},
	{.name = NULL},
};

#define HASH "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"

/* What checking text against the fields gives: the code, "" when nothing is wrong. Spots the field at fault. */
static void checks_at(const char *text, const char *code, const char *field)
{
	json_t *input = json_loads(text, 0, NULL);
	struct problem problem = {0};

	assert_non_null(input);
	if (json_check(input, fields, &problem) == 0)
		problem = (struct problem){.code = ""};
	if (strcmp(problem.code, code) != 0 || strcmp(problem.field, field) != 0)
		fail_msg("%s gives %s at %s instead of %s at %s", text, problem.code, problem.field, code, field);
	problem_clear(&problem);
	json_decref(input);
}

/* The same for one field with a value. */
static void checks(const char *field, const char *value, const char *code)
{
	char *text = xasprintf("{\"%s\":%s}", field, value);

	checks_at(text, code, *code ? field : "");
	free(text);
}

static void amounts_are_positive_whole_decimal_strings(void **state)
{
	(void)state;
	checks("amount", "\"1\"", "");
	checks("amount", "\"1000000000000000\"", "");
	checks("amount", "\"1000000000000001\"", "too_large");
	checks("amount", "\"99999999999999999999999999\"", "too_large");
	checks("amount", "\"0\"", "not_positive");
	checks("amount", "\"-5\"", "not_positive");
	checks("amount", "\"1.5\"", "fractional_amount");
	checks("amount", "5", "ill_typed");
	checks("amount", "\"\"", "ill_typed");
	checks("amount", "\"-\"", "ill_typed");
	checks("amount", "\"+5\"", "ill_typed");
	checks("amount", "\"007\"", "ill_typed");
	checks("amount", "\" 7\"", "ill_typed");
	checks("amount", "\"7 \"", "ill_typed");
	checks("amount", "\"1e3\"", "ill_typed");
	checks("amount", "\"1,000\"", "ill_typed");
	checks("amount", "\"\xef\xbc\x95\"", "ill_typed");
	checks("net", "\"-1000000000000000\"", "");
	checks("net", "\"0\"", "");
	checks("net", "\"-0\"", "ill_typed");
	checks("net", "\"-1000000000000001\"", "too_small");
	checks("net", "\"-99999999999999999999999999\"", "too_small");
	checks("net", "\"-1.5\"", "fractional_amount");
}

static void numbers_keep_their_range(void **state)
{
	(void)state;
	checks("id", "1", "");
	checks("id", "9007199254740991", "");
	checks("id", "0", "too_small");
	checks("id", "-3", "too_small");
	checks("id", "\"1\"", "ill_typed");
	checks("count", "0", "");
	checks("count", "10", "");
	checks("count", "11", "too_large");
	checks("count", "-1", "too_small");
	checks("count", "null", "ill_typed");
	checks("flag", "true", "");
	checks("flag", "false", "");
	checks("flag", "1", "ill_typed");
}

static void texts_are_counted_in_code_points(void **state)
{
	(void)state;
	checks("name", "\"爱心银行\"", "");
	checks("name", "\"爱心银行a\"", "too_long");
	checks("name", "\"\"", "too_short");
	checks("name", "{}", "ill_typed");
	checks("label", "\"助老\"", "");
	checks("label", "\" 助老\"", "outer_space");
	checks("label", "\"助老\\u3000\"", "outer_space");
	checks("label", "\" \"", "outer_space");
	checks("label", "\"a b\"", "");
}

static void control_characters_are_named(void **state)
{
	static const char *const bad[] = {"\\n", "\\u001b", "\\u007f", "\\u0080", "\\u009f", "\\u061c", "\\u200e",
					  "\\u2028", "\\u2029", "\\u202a", "\\u202e", "\\u2066", "\\u2069"};
	char value[16];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(value, sizeof(value), "\"a%s\"", bad[i]);
		checks("name", value, "control_character");
		checks("label", value, "control_character");
	}
	checks("name", "\"\\u00a0\\u200d\"", "");
}

static void words_keep_their_alphabet(void **state)
{
	(void)state;
	checks("fund", "\"fund-1.A_b\"", "");
	checks("fund", "\"\"", "too_short");
	checks("fund", "\"a b\"", "bad_code");
	checks("fund", "\"基金\"", "bad_code");
	checks("fund", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "too_long");
	checks("cursor", "\"aA0-_\"", "");
	checks("cursor", "\"a.b\"", "bad_cursor");
	checks("channel", "\"grant\"", "");
	checks("channel", "\"gran\"", "bad_choice");
	checks("channel", "3", "ill_typed");
	checks("hash", "\"" HASH "\"", "");
	checks("hash", "\"" HASH "A\"", "bad_hash");
	checks("hash", "\"\"", "bad_hash");
	checks("phone", "\"" HASH "\"", "");
	checks("phone", "\"13800000000\"", "personal_plain");
	checks("phone", "7", "personal_plain");
}

static void days_and_times_are_checked(void **state)
{
	(void)state;
	checks("day", "\"2024-02-29\"", "");
	checks("day", "\"2025-02-29\"", "bad_date");
	checks("day", "\"2025-2-9\"", "bad_date");
	checks("day", "\"\"", "bad_date");
	checks("day", "\"2025-03-08T00:00:00Z\"", "bad_date");
	checks("day", "20250308", "ill_typed");
	checks("starts_at", "\"2025-03-08T09:00:00+08:00\"", "");
	checks("starts_at", "\"2025-03-08 09:00\"", "bad_time");
}

static void a_proof_is_an_enrolment_that_verifies(void **state)
{
	struct key *key = key_new_p256();
	json_t *content = json_pack("{s:s}", "aud", "county");
	struct jws *proof = jws_sign(key, JWS_ENROL, content, NULL), *other = jws_sign(key, JWS_REQUEST, content, NULL);
	char *good = xasprintf("\"%s\"", proof->compact), *request = xasprintf("\"%s\"", other->compact);

	(void)state;
	checks("proof", good, "");
	checks("proof", request, "bad_proof");
	checks("proof", "\"a.b.c\"", "bad_proof");
	good[strlen(good) - 10] ^= 1;
	checks("proof", good, "bad_proof");
	free(good);
	free(request);
	jws_free(proof);
	jws_free(other);
	json_decref(content);
	key_free(key);
}

static void the_fault_in_a_list_is_named_with_its_line(void **state)
{
	(void)state;
	checks_at("{\"lines\":[{\"volunteer\":7},{\"volunteer\":8,\"points\":\"3\"}]}", "", "");
	checks_at("{\"lines\":[]}", "too_short", "lines");
	checks_at("{\"lines\":{}}", "ill_typed", "lines");
	checks_at("{\"lines\":[{\"volunteer\":1},{\"volunteer\":1},{\"volunteer\":1}]}", "too_long", "lines");
	checks_at("{\"lines\":[{\"volunteer\":7},{}]}", "missing_field", "lines/1/volunteer");
	checks_at("{\"lines\":[{\"volunteer\":7},3]}", "ill_typed", "lines/1");
	checks_at("{\"lines\":[{\"volunteer\":7,\"points\":\"-1\"}]}", "not_positive", "lines/0/points");
	checks_at("{\"lines\":[{\"volunteer\":7,\"x\":1}]}", "unknown_field", "lines/0/x");
	checks_at("{\"aud\":\"county\"}", "unknown_field", "aud");
}

static void params_say_what_is_allowed(void **state)
{
	json_t *input = json_pack("{s:s}", "channel", "x");
	struct problem problem = {0};

	(void)state;
	assert_int_equal(json_check(input, fields, &problem), -1);
	assert_string_equal(json_string_value(json_object_get(problem.params, "choices")), "public, grant");
	problem_clear(&problem);
	json_decref(input);
	input = json_pack("{s:i}", "count", 11);
	assert_int_equal(json_check(input, fields, &problem), -1);
	assert_int_equal(json_integer_value(json_object_get(problem.params, "max")), 10);
	problem_clear(&problem);
	json_decref(input);
}

static void a_payload_has_the_envelope_beside_its_input(void **state)
{
	json_t *payload = json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:i}", "aud", "a", "htm", "POST", "htu", "/v1/a/b", "iat", 1, "exp", 2, "jti", "x",
				    "count", 5);
	struct problem problem = {0};

	(void)state;
	assert_int_equal(json_check_payload(payload, fields, &problem), 0);
	assert_int_equal(json_check(payload, fields, &problem), -1);
	assert_string_equal(problem.code, "unknown_field");
	problem_clear(&problem);
	json_object_set_new(payload, "nbf", json_integer(1)); /* not one of ours */
	assert_int_equal(json_check_payload(payload, fields, &problem), -1);
	assert_string_equal(problem.field, "nbf");
	problem_clear(&problem);
	json_object_del(payload, "nbf");
	json_object_set_new(payload, "count", json_integer(11));
	assert_int_equal(json_check_payload(payload, fields, &problem), -1);
	assert_string_equal(problem.code, "too_large");
	problem_clear(&problem);
	json_decref(payload);
}

static void query_gives(const char *query, const char *expected)
{
	struct problem problem = {0};
	json_t *input;
	char *text;

	if (json_from_query(query, query ? strlen(query) : 0, fields, &input, &problem) < 0)
		fail_msg("%s: %s at %s", query, problem.code, problem.field);
	text = json_canonical(input, NULL);
	assert_string_equal(text, expected);
	free(text);
	json_decref(input);
}

static void query_refused(const char *query, const char *code, const char *field)
{
	struct problem problem = {0};
	json_t *input = NULL;

	assert_int_equal(json_from_query(query, strlen(query), fields, &input, &problem), -1);
	assert_null(input);
	assert_string_equal(problem.code, code);
	assert_string_equal(problem.field, field);
	problem_clear(&problem);
}

static void a_query_becomes_typed_input(void **state)
{
	(void)state;
	query_gives(NULL, "{}");
	query_gives("", "{}");
	query_gives("nonce=abc", "{}");
	query_gives("id=7&count=0&flag=false&amount=5&nonce=x", "{\"amount\":\"5\",\"count\":0,\"flag\":false,\"id\":7}");
	query_gives("name=%e7%88%B1+b", "{\"name\":\"爱+b\"}");
	query_gives("starts_at=2025-03-08T09:00:00+08:00", "{\"starts_at\":\"2025-03-08T09:00:00+08:00\"}");
	query_gives("%6eame=a=b", "{\"name\":\"a=b\"}");
}

static void bad_queries_are_refused(void **state)
{
	(void)state;
	query_refused("id", "malformed_query", "");
	query_refused("id=1&", "malformed_query", "");
	query_refused("&id=1", "malformed_query", "");
	query_refused("name=%e", "malformed_query", "");
	query_refused("name=%", "malformed_query", "");
	query_refused("name=%g0", "malformed_query", "");
	query_refused("name=%00", "malformed_query", "");
	query_refused("name=a b", "malformed_query", "");
	query_refused("name=\xe7\x88\xb1", "malformed_query", "");
	query_refused("name=%ff", "ill_typed", "name");
	query_refused("name=%0a", "control_character", "name");
	query_refused("id=1&id=1", "duplicate_field", "id");
	query_refused("id=1&%69d=1", "duplicate_field", "id");
	query_refused("other=1", "unknown_field", "other");
	query_refused("o%0a=1", "unknown_field", "");
	query_refused("id=1x", "ill_typed", "id");
	query_refused("id=", "ill_typed", "id");
	query_refused("id=01", "ill_typed", "id");
	query_refused("id=-0", "ill_typed", "id");
	query_refused("id=9007199254740992", "ill_typed", "id");
	query_refused("id=99999999999999999999", "ill_typed", "id");
	query_refused("id=-1", "too_small", "id");
	query_refused("flag=1", "ill_typed", "flag");
	query_refused("amount=-1", "not_positive", "amount");
	query_refused("lines=1", "ill_typed", "lines");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_profile_is_taken),
		cmocka_unit_test(what_is_outside_the_profile_is_refused),
		cmocka_unit_test(raw_control_characters_are_refused_and_escaped_ones_left_to_the_fields),
		cmocka_unit_test(depth_ends_at_16),
		cmocka_unit_test(canonical_form_is_sorted_compact_and_stable),
		cmocka_unit_test(amounts_are_positive_whole_decimal_strings),
		cmocka_unit_test(numbers_keep_their_range),
		cmocka_unit_test(texts_are_counted_in_code_points),
		cmocka_unit_test(control_characters_are_named),
		cmocka_unit_test(words_keep_their_alphabet),
		cmocka_unit_test(days_and_times_are_checked),
		cmocka_unit_test(a_proof_is_an_enrolment_that_verifies),
		cmocka_unit_test(the_fault_in_a_list_is_named_with_its_line),
		cmocka_unit_test(params_say_what_is_allowed),
		cmocka_unit_test(a_payload_has_the_envelope_beside_its_input),
		cmocka_unit_test(a_query_becomes_typed_input),
		cmocka_unit_test(bad_queries_are_refused),
	};

	base_init();
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
