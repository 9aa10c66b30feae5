/* A statement as a table for spreadsheets, in Chinese: the same bytes as 'export statement --format csv --lang zh' writes. */
#include "audit/csv_cell.h"
#include "audit/statement_parts.h"
#include "wire/base.h"
#include "wire/op.h"

#include <stdlib.h>
#include <string.h>

#define BOM "\xef\xbb\xbf"

static void put_title(FILE *out, const struct field *field)
{
	_cleanup_free_ char *title = xstrndup(field->zh, strcspn(field->zh, "|"));

	csv_write_cell(out, title, false);
}

static const char *choice_text(const struct field *field, const char *code)
{
	for (const struct choice *choice = field->choices; choice && choice->code; choice++)
		if (strcmp(choice->code, code) == 0)
			return choice->zh;
	return code;
}

static void put_value(FILE *out, const struct field *field, const json_t *value)
{
	char yuan[CSV_YUAN];
	const char *text = json_string_value(value);

	if (json_is_boolean(value))
		csv_write_cell(out, json_is_true(value) ? "是" : "否", false);
	else if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (text && field->type == FIELD_MONEY)
		csv_write_cell(out, csv_yuan(text, yuan), true);
	else if (text)
		csv_write_cell(out, field->type == FIELD_CHOICE ? choice_text(field, text) : text, false);
}

static void put_pairs(FILE *out, const struct field *fields, const json_t *result)
{
	for (const struct field *field = fields; field->name; field++) {
		const json_t *value = json_object_get(result, field->name);

		if (!value || json_is_null(value) || field->type == FIELD_LIST)
			continue;
		put_title(out, field);
		fputc(',', out);
		put_value(out, field, value);
		fputs("\r\n", out);
	}
}

static void put_list(FILE *out, const struct field *items, const json_t *rows)
{
	const json_t *row;
	size_t i;

	for (const struct field *field = items; field->name; field++) {
		fputs(field == items ? "" : ",", out);
		put_title(out, field);
	}
	fputs("\r\n", out);
	json_array_foreach((json_t *)(uintptr_t)rows, i, row) {
		for (const struct field *field = items; field->name; field++) {
			fputs(field == items ? "" : ",", out);
			put_value(out, field, json_object_get(row, field->name));
		}
		fputs("\r\n", out);
	}
}

void statement_write_csv(const json_t *content, FILE *out)
{
	const struct field *fields = op_find("fund", "statement")->result;
	const json_t *result = json_object_get(content, "result"), *log = json_object_get(content, "log");
	json_auto_t *origin = json_pack("{s:O*, s:O*, s:O*}", "aud", json_object_get(content, "aud"), "log_size", json_object_get(log, "size"),
					"log_root", json_object_get(log, "root"));

	fputs(BOM, out);
	put_pairs(out, fields, result);
	for (const struct field *field = fields; field->name; field++) {
		const json_t *rows = json_object_get(result, field->name);

		if (field->type != FIELD_LIST || !rows)
			continue;
		fputs("\r\n", out);
		put_title(out, field);
		fputs("\r\n", out);
		put_list(out, field->items, rows);
	}
	fputs("\r\n", out);
	put_pairs(out, op_find("ledger", "status")->result, origin);
}
