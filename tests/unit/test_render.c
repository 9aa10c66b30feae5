/* What is shown to people: harmless whatever was typed, aligned whatever script it is in, and in their language. */
#include "tests/unit/unit.h"
#include "client/builtin.h"
#include "client/escape.h"
#include "client/render.h"
#include "client/say.h"
#include "client/value.h"
#include "wire/base.h"
#include "wire/op.h"
#include "wire/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static const struct field items[] = {
	{.name = "name", .type = FIELD_TEXT, .zh = "姓名"},
	{.name = "amount", .type = FIELD_MONEY, .flags = FIELD_SIGNED, .zh = "金额"},
	{.name = "mark", .type = FIELD_TEXT, .zh = "标记"},
	{.name = NULL},
};
static const struct field result[] = {
	{.name = "fund", .type = FIELD_CODE, .zh = "基金"},
	{.name = "opening", .type = FIELD_MONEY, .zh = "期初"},
	{.name = "closing", .type = FIELD_MONEY, .zh = "期末"},
	{.name = "rows", .type = FIELD_LIST, .items = items, .zh = "列表"},
	{.name = "next", .type = FIELD_CURSOR, .zh = "下页"},
	{.name = NULL},
};

static char *rendered(const json_t *value)
{
	char *out = NULL;
	size_t length;
	FILE *memory = open_memstream(&out, &length);

	render_result(memory, result, value);
	fclose(memory);
	return out;
}

static void assert_escaped(const char *text, const char *expected)
{
	_cleanup_free_ char *out = escape(text);

	assert_string_equal(out, expected);
}

static void control_and_bidirectional_characters_are_shown_not_sent(void **state)
{
	(void)state;
	assert_escaped("张三", "张三");
	assert_escaped("a\x1b[31mb", "a<U+001B>[31mb");
	assert_escaped("a\nb", "a<U+000A>b");
	assert_escaped("a\xe2\x80\xae" "b", "a<U+202E>b");
	assert_escaped("a\xe2\x80\x8b" "b", "a<U+200B>b");
	assert_escaped("a\xc2\x9b" "b", "a<U+009B>b");
	assert_escaped("a\xff" "b", "a<FF>b");
}

/* Pseudo-random bytes that are the same in every run. */
static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16 & 0x7fff;
}

static void no_bytes_reach_the_terminal_as_controls(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char text[40] = "";
		_cleanup_free_ char *out = NULL;

		for (size_t i = 0; i + 1 < sizeof(text); i++)
			text[i] = (char)(next(&seed) % 255 + 1);
		out = escape(text);
		for (const char *at = out; *at; at++)
			assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
		assert_int_not_equal(mbstowcs(NULL, out, 0), (size_t)-1);
	}
}

static void assert_yuan(const char *fen, const char *grouped, const char *plain)
{
	_cleanup_free_ char *one = value_yuan(fen, true);
	_cleanup_free_ char *other = value_yuan(fen, false);

	assert_string_equal(one, grouped);
	assert_string_equal(other, plain);
}

static void fen_are_shown_as_yuan(void **state)
{
	(void)state;
	assert_yuan("0", "0.00", "0.00");
	assert_yuan("5", "0.05", "0.05");
	assert_yuan("-5", "-0.05", "-0.05");
	assert_yuan("123456", "1,234.56", "1234.56");
	assert_yuan("-12345600", "-123,456.00", "-123456.00");
	assert_yuan("100000000000", "1,000,000,000.00", "1000000000.00");
}

/* The columns that text takes on a terminal up to where it ends. */
static int width_to(const char *text, size_t bytes)
{
	_cleanup_free_ char *head = xstrndup(text, bytes);
	wchar_t wide[512];
	size_t count = mbstowcs(wide, head, 512);

	assert_true(count < 512);
	return wcswidth(wide, count);
}

/* Each row ends in "|", its name and its amount are random: the bars stand below each other. */
static void columns_line_up_whatever_is_in_them(void **state)
{
	static const char *const parts[] = {"张", "a", "é", "三", "W", "，", "１", "\xe2\x80\xae"};
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 50; round++) {
		json_auto_t *value = json_pack("{s:[]}", "rows");
		json_t *rows = json_object_get(value, "rows");
		_cleanup_free_ char *out = NULL;
		int expected = -1;

		for (int row = 0; row < 8; row++) {
			char name[64] = "x";

			for (unsigned i = next(&seed) % 9; i > 0; i--)
				strcat(name, parts[next(&seed) % (sizeof(parts) / sizeof(parts[0]))]);
			json_array_append_new(rows, json_pack("{s:s, s:o, s:s}", "name", name, "amount", json_sprintf("%u", next(&seed) * next(&seed)), "mark", "|"));
		}
		out = rendered(value);
		for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n")) {
			char *bar = strrchr(line, '|');
			int width = bar ? width_to(line, (size_t)(bar - line)) : expected;

			if (expected < 0)
				expected = width;
			assert_int_equal(width, expected);
		}
	}
}

static void amounts_line_up_at_the_right(void **state)
{
	json_auto_t *value = json_pack("{s:s, s:s, s:s}", "fund", "F1", "opening", "20000000", "closing", "-500");
	_cleanup_free_ char *out = rendered(value);

	(void)state;
	assert_string_equal(out, "Fund     F1\nOpening  200,000.00\nClosing       -5.00\n");
}

static const struct field wide_items[] = {
	{.name = "node", .type = FIELD_CODE},
	{.name = "long_name_of_it", .type = FIELD_TEXT},
	{.name = "nothing_at_all", .type = FIELD_MONEY},
	{.name = "something", .type = FIELD_MONEY},
	{.name = NULL},
};
static const struct field wide_result[] = {
	{.name = "rows", .type = FIELD_LIST, .items = wide_items},
	{.name = NULL},
};

/* The rows on a screen of 40 columns. */
static void assert_wide(json_t *rows, const char *expected)
{
	json_auto_t *value = json_pack("{s:o}", "rows", rows);
	_cleanup_free_ char *out = NULL;
	size_t length;
	FILE *memory = open_memstream(&out, &length);

	setenv("COLUMNS", "40", 1);
	render_result(memory, wide_result, value);
	unsetenv("COLUMNS");
	fclose(memory);
	assert_string_equal(out, expected);
}

/* Columns of nothing but zero are left out, what does not fit goes below with the first column again. */
static void a_table_is_no_wider_than_the_screen(void **state)
{
	const char *row = "{s:s, s:s, s:s, s:s}";

	(void)state;
	assert_wide(json_pack("[o, o]",
			      json_pack(row, "node", "A", "long_name_of_it", "一二三四五六七八九十一二三四", "nothing_at_all", "0", "something", "100"),
			      json_pack(row, "node", "B", "long_name_of_it", "b", "nothing_at_all", "0", "something", "-5")),
		    "Node  Long name of it\n"
		    "A     一二三四五六七八九十一二三四\n"
		    "B     b\n"
		    "\n"
		    "Node  Something\n"
		    "A          1.00\n"
		    "B         -0.05\n");
}

static void a_single_wide_record_stands_as_titles_and_values(void **state)
{
	(void)state;
	assert_wide(json_pack("[{s:s, s:s, s:s, s:s}]", "node", "A", "long_name_of_it", "一二三四五六七八九十", "nothing_at_all", "0", "something", "100"),
		    "Node             A\n"
		    "Long name of it  一二三四五六七八九十\n"
		    "Nothing at all   0.00\n"
		    "Something        1.00\n");
}

static void assert_parsed(enum field_type type, const char *text, const char *expected)
{
	const struct field field = {.name = "x", .type = type};
	char *why = NULL;
	json_t *value = value_parse(&field, text, &why);
	_cleanup_free_ char *json = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

	if (expected)
		assert_string_equal(json ? json : why, expected);
	else
		assert_null(value);
	assert_int_equal(value == NULL, why != NULL);
	json_decref(value);
	free(why);
}

static void numbers_and_dates_are_taken_as_people_type_them(void **state)
{
	(void)state;
	assert_parsed(FIELD_POINTS, "１２０", "\"120\"");
	assert_parsed(FIELD_POINTS, "120分", "\"120\"");
	assert_parsed(FIELD_MONEY, "￥２，０００．５０元", "\"200050\"");
	assert_parsed(FIELD_MONEY, "10分", NULL);
	assert_parsed(FIELD_MONEY, "10万", NULL);
	assert_parsed(FIELD_DATE, "20250308", "\"2025-03-08\"");
	assert_parsed(FIELD_DATE, "2025308", NULL);
	assert_parsed(FIELD_TIME, "2025-03-08 9：00", "\"2025-03-08T09:00:00+08:00\"");
	assert_parsed(FIELD_TEXT, "１２０", "\"１２０\"");
}

/* 13900000001 saved by a spreadsheet as 1.39E+10 is another number. */
static void numbers_that_a_spreadsheet_shortened_are_refused(void **state)
{
	(void)state;
	assert_parsed(FIELD_ID, "1.39E+10", NULL);
	assert_parsed(FIELD_TEXT, "1.39E+10", NULL);
	assert_parsed(FIELD_TEXT, "1.39E+10年", "\"1.39E+10年\"");
}

static void an_empty_list_says_so(void **state)
{
	json_auto_t *value = json_pack("{s:[]}", "rows");
	_cleanup_free_ char *out = rendered(value);

	(void)state;
	assert_string_equal(out, "(none)\n");
}

static void times_are_shown_in_shanghai(void **state)
{
	static const struct field time = {.name = "at", .type = FIELD_TIME};
	json_auto_t *value = json_string("2025-03-08T17:00:00.000000Z");
	_cleanup_free_ char *text = value_text(&time, value);

	(void)state;
	assert_string_equal(text, "2025-03-09 01:00");
}

/* ---- the Chinese catalogue */

static char *catalogue;

static char *read_catalogue(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = xcalloc(1, 1 << 20), *to = text;
	int c, before = 0;

	assert_non_null(file);
	/* strings broken over lines are joined: "a"\n"b" is "ab" */
	while ((c = fgetc(file)) != EOF && to < text + (1 << 20) - 1) {
		if (c == '"' && before == '\n' && to - text >= 2 && to[-2] == '"') {
			to -= 2;
			before = c;
			continue;
		}
		*to++ = (char)c;
		before = c;
	}
	*to = '\0';
	fclose(file);
	return text;
}

static void assert_translated(const char *text, const char *what)
{
	_cleanup_free_ char *quoted = NULL;
	_cleanup_free_ char *entry = NULL;
	const char *at;

	if (!text || !*text)
		return;
	quoted = xcalloc(1, strlen(text) * 2 + 1);
	for (char *to = quoted; *text; text++) {
		if (*text == '"' || *text == '\\')
			*to++ = '\\';
		*to++ = *text;
	}
	entry = xasprintf("\nmsgid \"%s\"\nmsgstr \"", quoted);
	at = strstr(catalogue, entry);
	if (!at || at[strlen(entry)] == '"')
		fail_msg("not translated: %s (%s)", quoted, what);
}

static void assert_fields_translated(const struct field *fields, const char *what)
{
	for (; fields->name; fields++) {
		assert_translated(fields->help, what);
		if (fields->items)
			assert_fields_translated(fields->items, what);
	}
}

static void everything_help_says_is_translated(void **state)
{
	const struct builtin *builtin;

	(void)state;
	for (size_t i = 0; op_at(i)->name; i++) {
		assert_translated(op_at(i)->help, op_at(i)->name);
		assert_fields_translated(op_at(i)->input, op_at(i)->name);
	}
	for (size_t i = 0; (builtin = builtin_at(i)); i++) {
		assert_translated(builtin->op.help, builtin->op.name);
		assert_fields_translated(builtin->op.input, builtin->op.name);
	}
}

static void every_problem_is_translated(void **state)
{
	(void)state;
	for (size_t i = 0; problem_code_at(i); i++) {
		assert_translated(problem_code_at(i)->title, problem_code_at(i)->code);
		assert_translated(problem_code_at(i)->advice, problem_code_at(i)->code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_and_bidirectional_characters_are_shown_not_sent),
		cmocka_unit_test(no_bytes_reach_the_terminal_as_controls),
		cmocka_unit_test(fen_are_shown_as_yuan),
		cmocka_unit_test(columns_line_up_whatever_is_in_them),
		cmocka_unit_test(amounts_line_up_at_the_right),
		cmocka_unit_test(a_table_is_no_wider_than_the_screen),
		cmocka_unit_test(a_single_wide_record_stands_as_titles_and_values),
		cmocka_unit_test(numbers_and_dates_are_taken_as_people_type_them),
		cmocka_unit_test(numbers_that_a_spreadsheet_shortened_are_refused),
		cmocka_unit_test(an_empty_list_says_so),
		cmocka_unit_test(times_are_shown_in_shanghai),
		cmocka_unit_test(everything_help_says_is_translated),
		cmocka_unit_test(every_problem_is_translated),
	};
	int failed;

	base_init();
	say_init("en");
	catalogue = read_catalogue("packaging/po/zh_CN.po");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(catalogue);
	return failed;
}
