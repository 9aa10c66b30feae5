#include "audit/act.h"
#include "audit/canonical.h"
#include "tests/unit/unit.h"
#include "wire/base.h"

#include <stdlib.h>
#include <string.h>

#define KID "q7E0rmNqqlOMASdGhfDSAN6HIYRSUfP4lNlSWWDnt-w"
#define REQUEST "8wUf4RFNn6A-fHIKbK3ONO6Eehs902skS3QDOTvEa_U"
/* The worked example of docs/protocol.md. */
#define LEAF(book, more) \
	"{" book "\"kid\":\"" KID "\",\"kind\":\"income\",\"occurred_on\":\"2025-03-08\",\"postings\":[" \
	"{\"account\":\"1002\",\"amount\":\"500000\",\"balance\":\"500000\",\"fund\":5,\"owner\":5,\"version\":1}," \
	"{\"account\":\"4101\",\"amount\":\"-500000\",\"balance\":\"-500000\",\"fund\":5,\"owner\":5,\"purpose\":1,\"restricted\":true,\"version\":1}]," \
	"\"recorded_at\":\"2025-03-08T02:00:00.000006Z\",\"request\":\"" REQUEST "\"," more "\"v\":1}"

static struct act parsed(const char *text)
{
	struct act act = {.leaf_count = 1, .leaves = xcalloc(1, sizeof(struct leaf))};

	act.leaves[0].bytes = text;
	act.leaves[0].length = strlen(text);
	act_parse(&act);
	return act;
}

static void is_fault(const char *text)
{
	struct act act = parsed(text);

	assert_null(act.leaves[0].content);
	assert_non_null(act.leaves[0].fault);
	act_clear(&act);
}

static void test_entry(void **state)
{
	struct act act = parsed(LEAF("\"book\":\"money\",\"entry\":1,", "\"rows\":{\"purpose\":[{\"id\":1,\"label\":\"为老服务\",\"request\":7}]},"));
	const struct leaf *leaf = &act.leaves[0];

	(void)state;
	assert_non_null(leaf->content);
	assert_null(leaf->fault);
	assert_int_equal(leaf->entry, 1);
	assert_int_equal(leaf->occurred_day, 20155);
	assert_int_equal(leaf->recorded_us, INT64_C(1741399200000006));
	assert_int_equal(leaf->posting_count, 2);
	assert_int_equal(leaf->postings[1].amount, -500000);
	assert_true(leaf->postings[1].restricted);
	assert_false(leaf->postings[0].restricted);
	assert_int_equal(row_number(json_array_get(leaf_rows(leaf, "purpose"), 0), "request", -1), 7);
	assert_null(leaf_rows(leaf, "income"));
	act_clear(&act);
}

static void test_strict(void **state)
{
	(void)state;
	is_fault("");
	is_fault("[]");
	is_fault("{\"v\":1}");
	is_fault(LEAF("\"book\":\"money\",\"entry\":1,", "\"surprise\":1,"));   /* a member that no leaf has */
	is_fault(LEAF("\"book\":\"money\",\"entry\":0,", ""));                   /* entries count from 1 */
	is_fault(LEAF("\"book\":\"money\",", ""));                               /* an entry without its number */
	is_fault(LEAF("\"book\":\"money\",\"entry\":1,", "\"rows\":{},"));       /* no rows are no member */
	is_fault(LEAF("\"book\":\"money\",\"entry\":1,", "\"salt\":\"short\",")); /* not 16 bytes */
	is_fault(LEAF("\"book\":\"money\",\"entry\":\"1\",", ""));
}

/* A leaf in another order, or with white space, is a leaf, but not its bytes. */
static void test_not_canonical(void **state)
{
	struct act act = parsed(LEAF("\"entry\":1,\"book\":\"money\",", ""));

	(void)state;
	assert_non_null(act.leaves[0].content);
	assert_true(act.leaves[0].not_canonical);
	act_clear(&act);
	act = parsed(LEAF("\"book\": \"money\",\"entry\":1,", ""));
	assert_true(act.leaves[0].not_canonical);
	act_clear(&act);
}

/* What the fast reader takes is what the slow one writes. */
static void test_canonical(void **state)
{
	static const char *const good[] = {"{}", "{\"a\":[]}", "{\"a\":-1,\"b\":[0,true,false,null,{}]}", "{\"a\":\"\\\"\\\\\"}", "{\"a\":\"为老服务\"}",
					   "{\"a\":9007199254740991}"};
	static const char *const bad[] = {"{\"a\":1,\"a\":2}", "{\"b\":1,\"a\":2}", "{\"a\":01}", "{\"a\":-0}", "{\"a\":9007199254740992}", "{\"a\":1.0}",
					  "{\"a\":\"\\u0041\"}", "{\"a\":\"\x01\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xc0\xaf\"}", "{\"a\":1} ", "{\"a\":1",
					  "{\"a\":\"\\/\"}", "{\"a\" :1}", "{,}", "{\"a\":[1,]}"};
	const char *fault;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		json_t *value = canonical_read(good[i], strlen(good[i]), &fault, NULL);
		char *text;

		assert_non_null(value);
		text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
		assert_string_equal(text, good[i]);
		free(text);
		json_decref(value);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(canonical_read(bad[i], strlen(bad[i]), &fault, NULL));
}

static struct act signed_by(const struct key *key, const char *payload, struct jws **ret_jws)
{
	json_t *content = json_loads(payload, 0, NULL);
	struct act act = {0};

	*ret_jws = jws_sign(key, JWS_REQUEST, content, NULL);
	act.compact = (*ret_jws)->compact;
	act.compact_length = (*ret_jws)->compact_length;
	act_parse(&act);
	json_decref(content);
	return act;
}

/* The second request of a key goes the fast way; both say the same, and only its own key verifies it. */
static void test_request(void **state)
{
	static const char payload[] = "{\"amount\":\"1\",\"aud\":\"a.example\",\"exp\":1741399500,\"htm\":\"POST\",\"htu\":\"/v1/income/receive\","
				      "\"iat\":1741399200,\"jti\":\"BEQ5hVl8pfJKDlb6CR_N6w\"}";
	struct key *key = key_new_p256(), *other = key_new_p256();

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct jws *jws;
		struct act act = signed_by(key, payload, &jws);

		assert_null(act.fault);
		assert_string_equal(act.op->name, "income_receive");
		assert_int_equal(act.iat, 1741399200);
		assert_string_equal(act.jws->kid, key->kid);
		assert_memory_equal(act.jws->hash, jws->hash, sizeof(jws->hash));
		act.signer = key;
		act_verify(&act);
		assert_false(act.bad_signature);
		act.signer = other;
		act_verify(&act);
		assert_true(act.bad_signature);
		act_clear(&act);
		jws_free(jws);
	}
	key_free(key);
	key_free(other);
}

static void test_moments(void **state)
{
	int32_t day;
	int64_t us;

	(void)state;
	assert_int_equal(day_parse("1970-01-01", &day), 0);
	assert_int_equal(day, 0);
	assert_int_equal(day_parse("2024-02-29", &day), 0);
	assert_int_equal(day, 19782);
	assert_int_equal(day_parse("2023-02-29", &day), -1);
	assert_int_equal(day_parse("2023-2-29", &day), -1);
	assert_int_equal(moment_parse("1970-01-01T00:00:01.000001Z", &us), 0);
	assert_int_equal(us, 1000001);
	assert_int_equal(moment_parse("1970-01-01T24:00:00.000000Z", &us), -1);
	assert_int_equal(moment_parse("1970-01-01T00:00:01Z", &us), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry),	  cmocka_unit_test(test_strict),  cmocka_unit_test(test_not_canonical),
		cmocka_unit_test(test_canonical), cmocka_unit_test(test_request), cmocka_unit_test(test_moments),
	};

	base_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
