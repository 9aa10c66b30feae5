#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/json.h"
#include "wire/problem.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void every_code_is_well_formed_and_there_once(void **state)
{
	const struct problem_code *row;

	(void)state;
	for (size_t i = 0; (row = problem_code_at(i)); i++) {
		if (problem_code_find(row->code) != row)
			fail_msg("%s is there twice", row->code);
		if (row->code[strspn(row->code, "abcdefghijklmnopqrstuvwxyz_")] || row->status < 400 || row->status > 599)
			fail_msg("%s is not well formed", row->code);
		if (row->title[strlen(row->title) - 1] != '.' || row->advice[strlen(row->advice) - 1] != '.')
			fail_msg("%s: title and advice are sentences", row->code);
		if (!isupper((unsigned char)*row->title) || !isupper((unsigned char)*row->advice))
			fail_msg("%s: title and advice begin with a capital", row->code);
	}
	assert_null(problem_code_at(SIZE_MAX));
	assert_null(problem_code_find("no_such_code"));
}

static void a_problem_becomes_rfc_9457(void **state)
{
	struct problem problem;
	json_t *object;
	char *text;

	(void)state;
	problem_set(&problem, "too_large", "lines/40/count", json_pack("{s:i}", "max", 10));
	object = problem_json(&problem);
	text = json_canonical(object, NULL);
	assert_string_equal(text, "{\"code\":\"too_large\",\"field\":\"lines/40/count\",\"params\":{\"max\":10},\"status\":422,"
				  "\"title\":\"The number is above 10.\",\"type\":\"urn:lovebank:problem:too_large\"}");
	free(text);
	json_decref(object);
	problem_clear(&problem);
	assert_int_equal(problem.status, 0);
	assert_null(problem.params);
}

static void field_and_params_are_absent_when_there_are_none(void **state)
{
	struct problem problem;
	json_t *object;

	(void)state;
	problem_set(&problem, "not_allowed", NULL, NULL);
	object = problem_json(&problem);
	assert_int_equal(problem.status, 403);
	assert_null(json_object_get(object, "field"));
	assert_null(json_object_get(object, "params"));
	json_decref(object);
	problem_clear(&problem);
}

static void a_long_field_is_cut_between_characters(void **state)
{
	struct problem problem;
	char field[200];
	json_t *text;

	(void)state;
	for (size_t shift = 0; shift < 3; shift++) {
		memset(field, 'a', shift);
		field[shift] = '\0';
		while (strlen(field) < 190)
			strcat(field, "爱");
		problem_set(&problem, "personal_extra", field, NULL);
		assert_true(strlen(problem.field) >= PROBLEM_FIELD_MAX - 3);
		text = json_string(problem.field); /* NULL when it is no UTF-8 */
		assert_non_null(text);
		json_decref(text);
		problem_clear(&problem);
	}
}

static void reads(const char *format, const char *expected)
{
	json_t *params = json_pack("{s:s, s:i, s:b}", "who", "{n} 张三", "n", -7, "flag", true);
	char *text = problem_text(format, params);

	assert_string_equal(text, expected);
	free(text);
	json_decref(params);
}

static void params_go_into_their_places(void **state)
{
	char *text;

	(void)state;
	reads("", "");
	reads("{n}", "-7");
	reads("a {who} b {n}{n}.", "a {n} 张三 b -7-7.");
	reads("{missing} {flag} {} { {n", "{missing} {flag} {} { {n");
	reads("{{n}}", "{-7}");
	text = problem_text("{n}", NULL);
	assert_string_equal(text, "{n}");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_is_well_formed_and_there_once),
		cmocka_unit_test(a_problem_becomes_rfc_9457),
		cmocka_unit_test(field_and_params_are_absent_when_there_are_none),
		cmocka_unit_test(a_long_field_is_cut_between_characters),
		cmocka_unit_test(params_go_into_their_places),
	};

	base_init();
	return cmocka_run_group_tests_name("problem", tests, NULL, NULL);
}
