/* Typed flags become input: values as people write them, and every mistake named. */
#include "tests/unit/unit.h"
#include "client/args.h"
#include "client/exit.h"
#include "client/import.h"
#include "client/moment.h"
#include "client/say.h"
#include "client/suggest.h"
#include "client/value.h"
#include "wire/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct choice colours[] = {{"red", "先锋红|红"}, {"orange", "活力橙"}, {NULL, NULL}};
static const struct field line[] = {
	{.name = "volunteer", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "编号"},
	{.name = "start", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .zh = "开始"},
	{.name = NULL},
};
static const struct field input[] = {
	{.name = "fund", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "基金"},
	{.name = "amount", .type = FIELD_MONEY, .zh = "金额"},
	{.name = "points", .type = FIELD_POINTS, .zh = "积分"},
	{.name = "received_on", .type = FIELD_DATE, .zh = "日期"},
	{.name = "start", .type = FIELD_TIME, .zh = "开始"},
	{.name = "anonymous", .type = FIELD_FLAG, .zh = "匿名"},
	{.name = "colour", .type = FIELD_CHOICE, .choices = colours, .zh = "颜色"},
	{.name = "count", .type = FIELD_COUNT, .max = 10, .zh = "人数"},
	{.name = "donor", .type = FIELD_TEXT, .flags = FIELD_PERSONAL, .max = 5, .zh = "捐赠人"},
	{.name = "lines", .type = FIELD_LIST, .max = 1000, .items = line, .zh = "明细"},
	{.name = "file", .type = FIELD_TEXT, .flags = FIELD_PERSONAL, .min = 64, .max = 64, .zh = "摘要"},
	{.name = NULL},
};
static const struct field none[] = {{.name = NULL}};
static const struct op op = {
	.name = "income_receive", .noun = "income", .verb = "receive", .kind = OP_COMMAND, .input = input, .result = none, .help = ""};

static const struct field *field(const char *name)
{
	return field_find(input, name, strlen(name));
}

/* What a typed value becomes, as JSON text; NULL when it is refused. */
static void assert_value(const char *name, const char *typed, const char *expected)
{
	_cleanup_free_ char *why = NULL;
	json_auto_t *value = value_parse(field(name), typed, &why);
	_cleanup_free_ char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	if (!expected) {
		assert_null(value);
		assert_non_null(why);
		return;
	}
	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void money_is_typed_in_yuan_and_sent_in_fen(void **state)
{
	(void)state;
	assert_value("amount", "2000.00", "\"200000\"");
	assert_value("amount", "2,000.00", "\"200000\"");
	assert_value("amount", "1,234,567.8", "\"123456780\"");
	assert_value("amount", "0.05", "\"5\"");
	assert_value("amount", "￥12元", "\"1200\"");
	assert_value("amount", " 12 ", "\"1200\"");
	assert_value("amount", "-5", "\"-500\"");
	assert_value("amount", "0", "\"0\"");
	assert_value("amount", "1.234", NULL);
	assert_value("amount", "1.", NULL);
	assert_value("amount", ".5", NULL);
	assert_value("amount", "1,00", NULL);
	assert_value("amount", "1234,567", NULL);
	assert_value("amount", "12.5e3", NULL);
	assert_value("amount", "12 000", NULL);
	assert_value("amount", "99999999999999999999", NULL);
	assert_value("amount", "", NULL);
}

static void points_are_whole(void **state)
{
	(void)state;
	assert_value("points", "120", "\"120\"");
	assert_value("points", "12,000", "\"12000\"");
	assert_value("points", "007", "\"7\"");
	assert_value("points", "1.5", NULL);
	assert_value("points", "many", NULL);
}

static void dates_are_typed_in_either_way(void **state)
{
	(void)state;
	assert_value("received_on", "2025-03-08", "\"2025-03-08\"");
	assert_value("received_on", "2025年3月8日", "\"2025-03-08\"");
	assert_value("received_on", "2025/3/8", "\"2025-03-08\"");
	assert_value("received_on", "2024-02-29", "\"2024-02-29\"");
	assert_value("received_on", "2025-02-29", NULL);
	assert_value("received_on", "2025-13-01", NULL);
	assert_value("received_on", "2025-03", NULL);
	assert_value("received_on", "2025-03-08x", NULL);
	assert_value("received_on", "03/08/2025", NULL);
}

static void times_are_shanghai_s_unless_they_name_a_zone(void **state)
{
	(void)state;
	assert_value("start", "2025-03-08 09:00", "\"2025-03-08T09:00:00+08:00\"");
	assert_value("start", "2025年3月8日 9:00", "\"2025-03-08T09:00:00+08:00\"");
	assert_value("start", "2025/3/8 9:00:30", "\"2025-03-08T09:00:30+08:00\"");
	assert_value("start", "2025-03-08T09:00:00Z", "\"2025-03-08T09:00:00Z\"");
	assert_value("start", "2025-03-08 09:00Z", "\"2025-03-08T09:00:00Z\"");
	assert_value("start", "2025-03-08", NULL);
	assert_value("start", "2025-03-08 24:00", NULL);
	assert_value("start", "2025-03-08 09", NULL);
	assert_value("start", "2025-03-08 09:00 tomorrow, perhaps", NULL);
}

static void choices_are_codes_or_chinese(void **state)
{
	(void)state;
	assert_value("colour", "red", "\"red\"");
	assert_value("colour", "RED", "\"red\"");
	assert_value("colour", "红", "\"red\"");
	assert_value("colour", "活力橙", "\"orange\"");
	assert_value("colour", "yellow", NULL);
	assert_value("colour", "先锋", NULL);
}

static void text_is_normalised_and_trimmed(void **state)
{
	(void)state;
	assert_value("donor", "　张三 ", "\"张三\"");
	assert_value("donor", "e\xcc\x81", "\"\xc3\xa9\"");
	assert_value("donor", "\xff", NULL);
}

/* Parses a line of words; the exit code. */
static int parse(const char *const *words, struct args *ret)
{
	int count = 0;

	while (words[count])
		count++;
	return args_parse(&op, count, words, ret);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_input(const char *const *words, const char *expected)
{
	struct args args;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(parse(words, &args), EXIT_OK);
	text = json_dumps(args.input, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text, expected);
	json_decref(args.input);
}

static void assert_usage(const char *const *words)
{
	struct args args;

	assert_int_equal(parse(words, &args), EXIT_USAGE);
	json_decref(args.input);
}

static void flags_take_the_next_word_or_what_is_behind_equals(void **state)
{
	(void)state;
	assert_input(WORDS("--fund", "F1", "--amount=5", "--received-on", "2025-03-08"),
		     "{\"amount\":\"500\",\"fund\":\"F1\",\"received_on\":\"2025-03-08\"}");
	assert_input(WORDS("--fund", "F1", "--received_on", "2025-03-08"), "{\"fund\":\"F1\",\"received_on\":\"2025-03-08\"}");
	assert_input(WORDS("F1"), "{\"fund\":\"F1\"}");
}

static void a_flag_of_yes_and_no_may_stand_alone(void **state)
{
	(void)state;
	assert_input(WORDS("--anonymous", "--fund", "F1"), "{\"anonymous\":true,\"fund\":\"F1\"}");
	assert_input(WORDS("--fund", "F1", "--anonymous"), "{\"anonymous\":true,\"fund\":\"F1\"}");
	assert_input(WORDS("--fund", "F1", "--anonymous", "否"), "{\"anonymous\":false,\"fund\":\"F1\"}");
	assert_input(WORDS("--anonymous", "F1"), "{\"anonymous\":true,\"fund\":\"F1\"}");
}

static void lists_are_repeated_flags(void **state)
{
	(void)state;
	assert_input(WORDS("--fund", "F1", "--line", "volunteer=1,start=2025-03-08 9:00", "--line", "编号=2,开始=2025-03-08 10:00"),
		     "{\"fund\":\"F1\",\"lines\":[{\"start\":\"2025-03-08T09:00:00+08:00\",\"volunteer\":1},"
		     "{\"start\":\"2025-03-08T10:00:00+08:00\",\"volunteer\":2}]}");
}

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	assert_usage(WORDS("--amount", "5"));
	assert_usage(WORDS("--fund", "F1", "--amount", "5", "--amount", "6"));
	assert_usage(WORDS("--fund", "F1", "--amont", "5"));
	assert_usage(WORDS("--fund", "F1", "--amount"));
	assert_usage(WORDS("--fund", "F1", "--amount", "--points", "5"));
	assert_usage(WORDS("--fund", "F1", "--amount", "-5"));
	assert_usage(WORDS("--fund", "F1", "--amount", "0"));
	assert_usage(WORDS("--fund", "F1", "--count", "11"));
	assert_usage(WORDS("--fund", "F 1"));
	assert_usage(WORDS("--fund", "F1", "--donor", "张三李四王五"));
	assert_usage(WORDS("--fund", "F1", "--donor", "a\nb"));
	assert_usage(WORDS("--fund", "F1", "--line", "volunteer=1"));
	assert_usage(WORDS("--fund", "F1", "--line", "volunteer=1,start=2025-03-08 9:00", "--csv", "x.csv"));
	assert_usage(WORDS("--fund", "F1", "--file", "x"));
}

static void global_flags_stand_anywhere(void **state)
{
	const char *words[] = {"lovebank", "--json", "fund", "list", "--home=/tmp/x", "--lang", "zh", "--kind", "micro", NULL};
	struct globals globals = {0};
	const char *flag = NULL;
	int count = 9;

	(void)state;
	assert_int_equal(globals_take(&count, words, &globals, &flag), 0);
	assert_int_equal(count, 5);
	assert_string_equal(words[3], "--kind");
	assert_null(words[5]);
	assert_true(globals.json);
	assert_string_equal(globals.home, "/tmp/x");
	assert_string_equal(globals.lang, "zh");
	count = 2;
	words[1] = "--home";
	words[2] = NULL;
	assert_int_equal(globals_take(&count, words, &globals, &flag), -1);
	assert_string_equal(flag, "--home");
}

static void the_digest_is_of_the_lines_and_nothing_else(void **state)
{
	json_auto_t *a = json_pack("{s:s, s:[{s:i, s:s}]}", "fund", "F1", "lines", "volunteer", 1, "start", "x");
	json_auto_t *b = json_pack("{s:s, s:[{s:s, s:i}]}", "fund", "F2", "lines", "start", "x", "volunteer", 1);
	json_auto_t *c = json_pack("{s:s, s:[{s:s, s:i}]}", "fund", "F2", "lines", "start", "x", "volunteer", 2);

	(void)state;
	import_digest(&op, a);
	import_digest(&op, b);
	import_digest(&op, c);
	assert_int_equal(json_string_length(json_object_get(a, "file")), 64);
	assert_string_equal(json_string_value(json_object_get(a, "file")), json_string_value(json_object_get(b, "file")));
	assert_string_not_equal(json_string_value(json_object_get(a, "file")), json_string_value(json_object_get(c, "file")));
}

static const char *nearest(const char *typed)
{
	static struct suggestion suggestion;
	static const char *const words[] = {"service", "settlement", "shop", "fund"};

	suggest_start(&suggestion, typed);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		suggest_offer(&suggestion, words[i]);
	return suggestion.best;
}

static void the_nearest_word_is_suggested_if_it_is_near(void **state)
{
	(void)state;
	assert_string_equal(nearest("servcie"), "service");
	assert_string_equal(nearest("fnud"), "fund");
	assert_string_equal(nearest("settelment"), "settlement");
	assert_string_equal(nearest("xyzzyx"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(money_is_typed_in_yuan_and_sent_in_fen),
		cmocka_unit_test(points_are_whole),
		cmocka_unit_test(dates_are_typed_in_either_way),
		cmocka_unit_test(times_are_shanghai_s_unless_they_name_a_zone),
		cmocka_unit_test(choices_are_codes_or_chinese),
		cmocka_unit_test(text_is_normalised_and_trimmed),
		cmocka_unit_test(flags_take_the_next_word_or_what_is_behind_equals),
		cmocka_unit_test(a_flag_of_yes_and_no_may_stand_alone),
		cmocka_unit_test(lists_are_repeated_flags),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(global_flags_stand_anywhere),
		cmocka_unit_test(the_digest_is_of_the_lines_and_nothing_else),
		cmocka_unit_test(the_nearest_word_is_suggested_if_it_is_near),
	};

	base_init();
	say_init("en");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
