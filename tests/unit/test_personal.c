#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/json.h"
#include "wire/op.h"
#include "wire/personal.h"
#include "wire/problem.h"

#include <string.h>

static const struct field line_fields[] = {
	{.name = "phone", .type = FIELD_TEXT, .flags = FIELD_PERSONAL},
	{.name = "minutes", .type = FIELD_COUNT},
	{.name = NULL},
};

static const struct field fields[] = {
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_PERSONAL, .max = 4},
	{.name = "place", .type = FIELD_TEXT},
	{.name = "lines", .type = FIELD_LIST, .items = line_fields},
	{.name = NULL},
};

struct sent {
	json_t *input, *personal;
};

static struct sent send_plain(const char *text)
{
	struct sent sent = {.input = json_loads(text, 0, NULL)};

	assert_non_null(sent.input);
	sent.personal = personal_hide(sent.input, fields);
	return sent;
}

static void clear(struct sent *sent)
{
	json_decref(sent->input);
	json_decref(sent->personal);
}

/* What the daemon says of it. */
static void is_answered(const struct sent *sent, const char *code, const char *field)
{
	struct problem problem = {0};

	if (personal_check(sent->input, sent->personal, fields, &problem) == 0)
		problem.code = "";
	assert_string_equal(problem.code, code);
	assert_string_equal(problem.field, field);
	problem_clear(&problem);
}

#define PLAIN "{\"name\":\"张三\",\"place\":\"大院\",\"lines\":[{\"minutes\":1},{\"phone\":\"13800000000\"}]}"

static void hidden_values_leave_only_commitments(void **state)
{
	struct sent sent = send_plain(PLAIN);
	struct problem problem = {0};
	_cleanup_free_ char *text = json_canonical(sent.input, NULL);

	(void)state;
	assert_null(strstr(text, "张三"));
	assert_null(strstr(text, "13800000000"));
	assert_non_null(strstr(text, "大院"));
	assert_int_equal(json_array_size(sent.personal), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(sent.personal, 1), "name")), "lines/1/phone");
	assert_int_equal(json_check(sent.input, fields, &problem), 0);
	is_answered(&sent, "", "");
	clear(&sent);
}

static void the_same_value_is_hidden_differently_each_time(void **state)
{
	struct sent first = send_plain("{\"name\":\"张三\"}"), second = send_plain("{\"name\":\"张三\"}");

	(void)state;
	assert_false(json_equal(first.input, second.input));
	is_answered(&first, "", "");
	is_answered(&second, "", "");
	clear(&first);
	clear(&second);
}

static void nothing_personal_gives_no_array(void **state)
{
	struct sent sent = send_plain("{\"place\":\"大院\"}");

	(void)state;
	assert_null(sent.personal);
	is_answered(&sent, "", "");
	clear(&sent);
}

static void the_commitment_is_sha256_of_salt_and_value(void **state)
{
	/* printf '0123456789abcdefLi' | openssl dgst -sha256 -binary | basenc --base64url */
	struct sent sent = {
		.input = json_pack("{s:s}", "name", "pnYg1IXnLlzYg_LWefqyXDgdGsxGJmeBbTXNbqqIWck"),
		.personal = json_pack("[{s:s, s:s, s:s}]", "name", "name", "salt", "MDEyMzQ1Njc4OWFiY2RlZg", "value", "Li"),
	};

	(void)state;
	is_answered(&sent, "", "");
	clear(&sent);
}

static void every_commitment_must_be_opened(void **state)
{
	struct sent sent = send_plain(PLAIN);

	(void)state;
	json_array_remove(sent.personal, 1);
	is_answered(&sent, "personal_missing", "lines/1/phone");
	json_array_clear(sent.personal);
	is_answered(&sent, "personal_missing", "name");
	clear(&sent);
}

static void nothing_else_may_be_opened(void **state)
{
	struct sent sent = send_plain(PLAIN);

	(void)state;
	json_array_append(sent.personal, json_array_get(sent.personal, 0));
	is_answered(&sent, "personal_extra", "name");
	json_array_remove(sent.personal, 2);
	json_array_append_new(sent.personal, json_pack("{s:s, s:s, s:s}", "name", "place", "salt", "", "value", ""));
	is_answered(&sent, "personal_extra", "place");
	clear(&sent);
}

static void a_wrong_opening_is_refused(void **state)
{
	struct sent sent = send_plain("{\"name\":\"张三\"}");
	json_t *opening = json_array_get(sent.personal, 0);

	(void)state;
	json_object_set_new(opening, "value", json_string("李四"));
	is_answered(&sent, "personal_wrong", "name");
	json_object_set_new(opening, "value", json_string("张三"));
	is_answered(&sent, "", "");
	json_object_set_new(opening, "salt", json_string("MDEyMzQ1Njc4OWFiY2RlZg"));
	is_answered(&sent, "personal_wrong", "name");
	json_object_set_new(opening, "salt", json_string("MDEy"));
	is_answered(&sent, "personal_wrong", "name");
	json_object_set_new(opening, "salt", json_integer(1));
	is_answered(&sent, "personal_wrong", "");
	json_object_set_new(opening, "salt", json_string("MDEyMzQ1Njc4OWFiY2RlZg"));
	json_object_set_new(opening, "more", json_true());
	is_answered(&sent, "personal_wrong", "");
	clear(&sent);
}

static void values_keep_the_rules_of_text(void **state)
{
	struct sent longer = send_plain("{\"name\":\"欧阳张三李\"}"), empty = send_plain("{\"name\":\"\"}");
	struct sent control = send_plain("{\"name\":\"a\\u202eb\"}");

	(void)state;
	is_answered(&longer, "too_long", "name");
	is_answered(&empty, "too_short", "name");
	is_answered(&control, "control_character", "name");
	clear(&longer);
	clear(&empty);
	clear(&control);
}

static void values_of_another_type_are_left_to_the_check_of_input(void **state)
{
	struct sent sent = send_plain("{\"name\":7}");
	struct problem problem = {0};

	(void)state;
	assert_null(sent.personal);
	assert_int_equal(json_check(sent.input, fields, &problem), -1);
	assert_string_equal(problem.code, "personal_plain");
	problem_clear(&problem);
	clear(&sent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hidden_values_leave_only_commitments),
		cmocka_unit_test(the_same_value_is_hidden_differently_each_time),
		cmocka_unit_test(nothing_personal_gives_no_array),
		cmocka_unit_test(the_commitment_is_sha256_of_salt_and_value),
		cmocka_unit_test(every_commitment_must_be_opened),
		cmocka_unit_test(nothing_else_may_be_opened),
		cmocka_unit_test(a_wrong_opening_is_refused),
		cmocka_unit_test(values_keep_the_rules_of_text),
		cmocka_unit_test(values_of_another_type_are_left_to_the_check_of_input),
	};

	base_init();
	return cmocka_run_group_tests_name("personal", tests, NULL, NULL);
}
