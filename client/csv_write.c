#include "client/csv_write.h"

#include "client/title.h"
#include "client/value.h"
#include "wire/base.h"

#define BOM "\xef\xbb\xbf"

static void put_title(FILE *out, const struct field *field, bool chinese)
{
	_cleanup_free_ char *title = chinese ? title_chinese(field) : title_of(field);

	csv_write_cell(out, title, false);
}

static void put_value(FILE *out, const struct field *field, const json_t *value, bool chinese)
{
	_cleanup_free_ char *text = value_plain(field, value, chinese);

	csv_write_cell(out, text, value_is_number(field));
}

void csv_write_pairs(FILE *out, const struct field *fields, const json_t *result, bool chinese)
{
	for (const struct field *field = fields; field->name; field++) {
		const json_t *value = json_object_get(result, field->name);

		if (!value || json_is_null(value) || field->type == FIELD_LIST || field->type == FIELD_CURSOR)
			continue;
		put_title(out, field, chinese);
		fputc(',', out);
		put_value(out, field, value, chinese);
		fputs("\r\n", out);
	}
}

static void put_list(FILE *out, const struct field *items, const json_t *rows, bool chinese)
{
	const json_t *row;
	size_t i;

	for (const struct field *field = items; field->name; field++) {
		fputs(field == items ? "" : ",", out);
		put_title(out, field, chinese);
	}
	fputs("\r\n", out);
	json_array_foreach(rows, i, row) {
		for (const struct field *field = items; field->name; field++) {
			fputs(field == items ? "" : ",", out);
			put_value(out, field, json_object_get(row, field->name), chinese);
		}
		fputs("\r\n", out);
	}
}

void csv_write_result(FILE *out, const struct field *fields, const json_t *result, bool chinese)
{
	fputs(BOM, out);
	csv_write_pairs(out, fields, result, chinese);
	for (const struct field *field = fields; field->name; field++) {
		const json_t *rows = json_object_get(result, field->name);

		if (field->type != FIELD_LIST || !rows)
			continue;
		fputs("\r\n", out);
		put_title(out, field, chinese);
		fputs("\r\n", out);
		put_list(out, field->items, rows, chinese);
	}
}
