/* CSV files: what is read is what was meant, everything wrong is said at once; what is written is safe to open. */
#include "tests/unit/unit.h"
#include "client/csv_read.h"
#include "client/csv_write.h"
#include "client/records.h"
#include "client/say.h"
#include "wire/base.h"

#include <stdlib.h>
#include <string.h>

static const struct field items[] = {
	{.name = "number", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "志愿者编号|编号"},
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_PERSONAL, .max = 4, .zh = "姓名"},
	{.name = "amount", .type = FIELD_MONEY, .zh = "金额"},
	{.name = "paid_on", .type = FIELD_DATE, .zh = "日期"},
	{.name = NULL},
};

static struct csv parsed(const char *text)
{
	struct csv csv = {0};
	char *why = NULL;

	if (csv_parse(text, strlen(text), &csv, &why) < 0)
		fail_msg("%s", why);
	return csv;
}

static void assert_cell(const struct csv *csv, size_t row, size_t column, const char *text)
{
	assert_true(row < csv->count);
	assert_true(column < csv->rows[row].count);
	assert_string_equal(csv->rows[row].cells[column], text);
}

static void assert_refused(const char *bytes, size_t length)
{
	struct csv csv = {0};
	char *why = NULL;

	assert_int_equal(csv_parse(bytes, length, &csv, &why), -1);
	assert_non_null(why);
	free(why);
}

static void quoted_cells_hold_commas_quotes_and_line_ends(void **state)
{
	struct csv csv = parsed("a,b\r\n\"x, \"\"y\"\"\",\"1\r\n2\"\r\n");

	(void)state;
	assert_string_equal(csv.encoding, "UTF-8");
	assert_int_equal(csv.count, 2);
	assert_cell(&csv, 1, 0, "x, \"y\"");
	assert_cell(&csv, 1, 1, "1\r\n2");
	csv_clear(&csv);
}

static void the_last_line_needs_no_end(void **state)
{
	struct csv csv = parsed("a,b\n1,2");

	(void)state;
	assert_int_equal(csv.count, 2);
	assert_cell(&csv, 1, 1, "2");
	csv_clear(&csv);
}

static void empty_rows_are_left_out_but_counted(void **state)
{
	struct csv csv = parsed("a,b\r\n\r\n,,\r\n1,2\r\n");

	(void)state;
	assert_int_equal(csv.count, 2);
	assert_int_equal(csv.rows[1].number, 4);
	csv_clear(&csv);
}

static void a_byte_order_mark_is_not_part_of_the_title(void **state)
{
	struct csv csv = parsed("\xef\xbb\xbf编号,姓名\n");

	(void)state;
	assert_string_equal(csv.encoding, "UTF-8 with BOM");
	assert_cell(&csv, 0, 0, "编号");
	csv_clear(&csv);
}

static void gb18030_is_detected(void **state)
{
	struct csv csv = parsed("\xb1\xe0\xba\xc5,\xd0\xd5\xc3\xfb\r\n7,\xd5\xc5\xc8\xfd\r\n");

	(void)state;
	assert_string_equal(csv.encoding, "GB18030");
	assert_cell(&csv, 0, 0, "编号");
	assert_cell(&csv, 1, 1, "张三");
	csv_clear(&csv);
}

/* As Excel writes "Unicode text". */
static void utf16_with_tabs_is_detected(void **state)
{
	static const char bytes[] = "\xff\xfe\x16\x7f\xf7\x53\t\0\xd3\x59\x0d\x54\r\0\n\0" "7\0\t\0\x20\x5f\x09\x4e\n\0";
	struct csv csv = {0};
	char *why = NULL;

	(void)state;
	assert_int_equal(csv_parse(bytes, sizeof(bytes) - 1, &csv, &why), 0);
	assert_string_equal(csv.encoding, "UTF-16");
	assert_int_equal(csv.separator, '\t');
	assert_cell(&csv, 0, 0, "编号");
	assert_cell(&csv, 1, 1, "张三");
	csv_clear(&csv);
}

static void the_first_row_says_what_parts_the_cells(void **state)
{
	struct csv csv = parsed("名册\n编号;\"姓,名\";备注\n7;张三;a,b,c,d\n");

	(void)state;
	assert_int_equal(csv.separator, ';');
	assert_cell(&csv, 2, 2, "a,b,c,d");
	csv_clear(&csv);
	csv = parsed("编号,备注\n7,a;b;c;d\n");
	assert_cell(&csv, 1, 1, "a;b;c;d");
	csv_clear(&csv);
}

static void what_is_no_text_is_refused(void **state)
{
	(void)state;
	assert_refused("a\0b", 3);
	assert_refused("\xff\xff\xff", 3);
	assert_refused("", 0);
	assert_refused("a,\"b", 4);
	assert_refused("\"a\"b", 4);
	assert_refused("PK\x03\x04,", 5);
}

/* The records, or NULL with what was said about them. */
static json_t *records(const char *text, char **ret_said)
{
	struct csv csv = parsed(text);
	size_t *rows = NULL, length;
	FILE *said = open_memstream(ret_said, &length);
	json_t *list = records_from_csv(&csv, items, said, &rows);

	fclose(said);
	free(rows);
	csv_clear(&csv);
	return list;
}

static void columns_go_by_chinese_titles_or_names_in_any_order(void **state)
{
	_cleanup_free_ char *said = NULL;
	json_auto_t *list = records("日期,金额（元）,Name,编号,序号\n2025年3月8日,\"2,000.50\",张三,17,1\n", &said);
	json_auto_t *expected = json_pack("[{s:s, s:s, s:s, s:i}]", "paid_on", "2025-03-08", "amount", "200050", "name", "张三", "number", 17);

	(void)state;
	assert_string_equal(said, "");
	assert_true(json_equal(list, expected));
}

/* Offices write the sheet's name above the titles. */
static void titles_may_stand_below_the_sheets_name(void **state)
{
	_cleanup_free_ char *said = NULL;
	json_auto_t *list = records("三月捐款,,\n编号,姓名,金额\n17,张三,5\n", &said);

	(void)state;
	assert_string_equal(said, "");
	assert_int_equal(json_array_size(list), 1);
}

static void an_empty_cell_is_left_out_unless_it_is_required(void **state)
{
	_cleanup_free_ char *said = NULL;
	json_auto_t *list = records("编号,姓名,金额\n17,张三,\n", &said);

	(void)state;
	assert_int_equal(json_array_size(list), 1);
	assert_null(json_object_get(json_array_get(list, 0), "amount"));
}

static void every_bad_row_is_said_at_once(void **state)
{
	_cleanup_free_ char *said = NULL;
	json_auto_t *list = records("编号,姓名,金额,日期\n17,张三,1.234,2025-02-30\n18,,5,2025-03-08\n\n十九,张三李四王五,-5,2025-03-08\n", &said);

	(void)state;
	assert_null(list);
	assert_non_null(strstr(said, "row 2, column 金额"));
	assert_non_null(strstr(said, "row 2, column 日期"));
	assert_non_null(strstr(said, "row 3, column 姓名"));
	assert_non_null(strstr(said, "row 5, column 编号"));
	assert_non_null(strstr(said, "row 5, column 姓名"));
	assert_non_null(strstr(said, "row 5, column 金额"));
	assert_null(strstr(said, "row 4"));
}

static void unknown_missing_and_double_columns_are_said(void **state)
{
	_cleanup_free_ char *said = NULL;
	json_auto_t *list = records("编号,编号,捐款\n17,18,5\n", &said);

	(void)state;
	assert_null(list);
	assert_non_null(strstr(said, "row 1, column 捐款: unknown"));
	assert_non_null(strstr(said, "row 1, column Name: the column is missing"));
	assert_non_null(strstr(said, "row 1, column 编号: it is there twice"));
}

static void titles_alone_are_no_file(void **state)
{
	_cleanup_free_ char *said = NULL;
	json_auto_t *list = records("编号,姓名\n", &said);

	(void)state;
	assert_null(list);
	assert_string_not_equal(said, "");
}

static void a_record_in_a_flag_may_have_commas_in_its_values(void **state)
{
	_cleanup_free_ char *why = NULL;
	json_auto_t *record = record_from_text(items, "编号=17,name=a, b,amount=2,000", &why);
	json_auto_t *expected = json_pack("{s:i, s:s, s:s}", "number", 17, "name", "a, b", "amount", "200000");

	(void)state;
	assert_true(json_equal(record, expected));
	assert_null(record_from_text(items, "name=a", &why));
	free(why);
	assert_null(record_from_text(items, "number=1,nome=a", &why));
}

static char *cell(const char *text, bool is_number)
{
	char *out = NULL;
	size_t length;
	FILE *memory = open_memstream(&out, &length);

	csv_write_cell(memory, text, is_number);
	fclose(memory);
	return out;
}

static void assert_written(const char *text, bool is_number, const char *expected)
{
	_cleanup_free_ char *out = cell(text, is_number);

	assert_string_equal(out, expected);
}

static void formulas_are_guarded_and_numbers_are_not(void **state)
{
	(void)state;
	assert_written("=1+1", false, "\"'=1+1\"");
	assert_written("+86 138", false, "\"'+86 138\"");
	assert_written("@x", false, "\"'@x\"");
	assert_written("\tx", false, "\"'\tx\"");
	assert_written("-5.00", false, "\"'-5.00\"");
	assert_written("-5.00", true, "-5.00");
	assert_written("a,\"b\"", false, "\"a,\"\"b\"\"\"");
	assert_written("张三", false, "张三");
}

static void what_is_written_reads_back(void **state)
{
	static const char *const texts[] = {"张三", "a,b", "\"", "x\r\ny", "", "1 2", "''"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		_cleanup_free_ char *written = cell(texts[i], false);
		_cleanup_free_ char *line = xasprintf("k,%s\r\n", written);
		struct csv csv = parsed(line);

		assert_cell(&csv, 0, 1, texts[i]);
		csv_clear(&csv);
	}
}

static void a_result_has_a_mark_for_excel_and_crlf(void **state)
{
	static const struct field result[] = {
		{.name = "fund", .type = FIELD_CODE, .zh = "基金"},
		{.name = "closing", .type = FIELD_MONEY, .zh = "期末余额"},
		{.name = "rows", .type = FIELD_LIST, .items = items, .zh = "明细"},
		{.name = NULL},
	};
	json_auto_t *value = json_pack("{s:s, s:s, s:[{s:i, s:s, s:s}]}", "fund", "F1", "closing", "-123456", "rows", "number", 17, "name",
				       "=张三", "amount", "200000");
	_cleanup_free_ char *out = NULL;
	size_t length;
	FILE *memory = open_memstream(&out, &length);

	(void)state;
	csv_write_result(memory, result, value, true);
	fclose(memory);
	assert_string_equal(out, "\xef\xbb\xbf基金,F1\r\n期末余额,-1234.56\r\n\r\n明细\r\n志愿者编号,姓名,金额,日期\r\n17,\"'=张三\",2000.00,\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quoted_cells_hold_commas_quotes_and_line_ends),
		cmocka_unit_test(the_last_line_needs_no_end),
		cmocka_unit_test(empty_rows_are_left_out_but_counted),
		cmocka_unit_test(a_byte_order_mark_is_not_part_of_the_title),
		cmocka_unit_test(gb18030_is_detected),
		cmocka_unit_test(utf16_with_tabs_is_detected),
		cmocka_unit_test(the_first_row_says_what_parts_the_cells),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(columns_go_by_chinese_titles_or_names_in_any_order),
		cmocka_unit_test(titles_may_stand_below_the_sheets_name),
		cmocka_unit_test(an_empty_cell_is_left_out_unless_it_is_required),
		cmocka_unit_test(every_bad_row_is_said_at_once),
		cmocka_unit_test(unknown_missing_and_double_columns_are_said),
		cmocka_unit_test(titles_alone_are_no_file),
		cmocka_unit_test(a_record_in_a_flag_may_have_commas_in_its_values),
		cmocka_unit_test(formulas_are_guarded_and_numbers_are_not),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(a_result_has_a_mark_for_excel_and_crlf),
	};

	base_init();
	say_init("en");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
