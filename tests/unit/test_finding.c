#include "audit/finding.h"
#include "tests/unit/unit.h"
#include "wire/base.h"

#include <string.h>

/* Findings come in the order of the log, those of a leaf as they were added, those without a leaf last. */
static void test_order(void **state)
{
	struct findings *findings = findings_new();
	struct place place = PLACE_NONE;

	(void)state;
	findings_add(findings, "root_wrong", &place, "a", "b");
	place.leaf = 7;
	findings_add_number(findings, "posting_version", &place, 3, 4);
	findings_add_number(findings, "posting_balance", &place, -3, 4);
	place.leaf = 2;
	findings_add(findings, "leaf_hash", &place, NULL, NULL);
	assert_int_equal(findings_count(findings), 4);
	assert_string_equal(findings_at(findings, 0)->code, "leaf_hash");
	assert_string_equal(findings_at(findings, 1)->code, "posting_version");
	assert_string_equal(findings_at(findings, 2)->code, "posting_balance");
	assert_string_equal(findings_at(findings, 2)->expected, "-3");
	assert_string_equal(findings_at(findings, 3)->code, "root_wrong");
	assert_null(findings_free(findings));
}

/* What does not apply is no member; texts of the place are copied; bytes that are no text do not break the JSON. */
static void test_json(void **state)
{
	struct findings *findings = findings_new();
	struct place place = PLACE_NONE;
	char key[] = "17", expected[] = "1";
	json_t *json;

	(void)state;
	place.table = "entry";
	place.key = key;
	place.entry = 17;
	findings_add(findings, "table_differs", &place, expected, "\xff");
	key[0] = expected[0] = 'x';
	json = findings_json(findings);
	assert_int_equal(json_array_size(json), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json, 0), "key")), "17");
	assert_string_equal(json_string_value(json_object_get(json_array_get(json, 0), "expected")), "1");
	assert_null(json_object_get(json_array_get(json, 0), "leaf"));
	assert_true(json_is_string(json_object_get(json_array_get(json, 0), "found")));
	json_decref(json);
	findings_free(findings);
}

/* Beyond the limit they are counted only. */
static void test_many(void **state)
{
	struct findings *findings = findings_new();
	struct place place = PLACE_NONE;

	(void)state;
	for (int i = 0; i < FINDINGS_MAX + 5; i++) {
		place.entry = i;
		findings_add(findings, "row_extra", &place, NULL, NULL);
		findings_add(findings, "row_extra", &place, NULL, NULL); /* once is enough */
		if (i >= FINDINGS_MAX)
			continue;
		assert_int_equal(findings_count(findings), i + 1);
	}
	assert_true(findings_count(findings) >= FINDINGS_MAX + 5);
	assert_int_equal(findings_kept(findings), FINDINGS_MAX);
	findings_free(findings);
}

/* Codes are there once, and each has its sentence. */
static void test_codes(void **state)
{
	(void)state;
	for (const struct finding_code *code = finding_codes; code->code; code++) {
		assert_true(strlen(code->text) > 10);
		for (const struct finding_code *other = code + 1; other->code; other++)
			assert_string_not_equal(code->code, other->code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_codes),
	};

	base_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
