#include "client/render.h"

#include "client/escape.h"
#include "client/say.h"
#include "client/title.h"
#include "client/value.h"
#include "wire/base.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

/* Amounts of both books stand in one field, in fen or in points; their record, or the one around it, names the book. */
static bool is_money_book(const json_t *record, bool around)
{
	const char *book = json_string_value(json_object_get(record, "book"));

	return book ? strcmp(book, "money") == 0 : around;
}

static char *cell_text(const struct field *field, const json_t *value, bool money)
{
	struct field booked = *field;
	_cleanup_free_ char *text = NULL;

	if (money && booked.type == FIELD_POINTS)
		booked.type = FIELD_MONEY;
	text = value_text(&booked, value);
	return escape(text);
}

static struct libscols_table *new_table(FILE *out, bool headings)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		BUG("out of memory");
	scols_table_set_stream(table, out);
	scols_table_enable_noheadings(table, !headings);
	scols_table_set_column_separator(table, "  ");
	return table;
}

static struct libscols_column *add_column(struct libscols_table *table, const char *title, bool right)
{
	struct libscols_column *column = scols_table_new_column(table, title, 0, right ? SCOLS_FL_RIGHT : 0);

	if (!column)
		BUG("out of memory");
	return column;
}

static void put(struct libscols_line *line, size_t column, char *text)
{
	if (!line || scols_line_refer_data(line, column, text) != 0)
		BUG("out of memory");
}

/* Whether any record of the list has the member. */
static bool is_used(const json_t *rows, const struct field *field)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		const json_t *value = json_object_get(row, field->name);

		if (value && !json_is_null(value))
			return true;
	}
	return false;
}

static void add_columns(struct libscols_table *table, const struct field *items, const json_t *rows)
{
	for (const struct field *field = items; field->name; field++) {
		_cleanup_free_ char *title = title_of(field);

		if (is_used(rows, field))
			add_column(table, title, value_is_number(field));
	}
}

static void add_line(struct libscols_table *table, const struct field *items, const json_t *rows, const json_t *row, bool money)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	size_t column = 0;

	for (const struct field *field = items; field->name; field++)
		if (is_used(rows, field))
			put(line, column++, cell_text(field, json_object_get(row, field->name), is_money_book(row, money)));
}

static void put_rows(FILE *out, const struct field *items, const json_t *rows, bool money)
{
	struct libscols_table *table;
	const json_t *row;
	size_t i;

	if (!json_array_size(rows)) {
		fprintf(out, "%s\n", _("(none)"));
		return;
	}
	table = new_table(out, true);
	add_columns(table, items, rows);
	json_array_foreach(rows, i, row)
		add_line(table, items, rows, row, money);
	scols_print_table(table);
	scols_unref_table(table);
}

void render_rows(FILE *out, const struct field *items, const json_t *rows)
{
	put_rows(out, items, rows, false);
}

static void add_pair(struct libscols_table *table, const struct field *field, const json_t *value, bool money)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	put(line, 0, title_of(field));
	put(line, 1, cell_text(field, value, money));
}

/* Amounts among the single values line up at the right, with each other. */
static void render_pairs(FILE *out, const struct field *fields, const json_t *result, bool numbers)
{
	struct libscols_table *table = new_table(out, false);
	size_t count = 0;

	add_column(table, "", false);
	add_column(table, "", numbers);
	for (const struct field *field = fields; field->name; field++) {
		const json_t *value = json_object_get(result, field->name);
		bool is_amount = field->type == FIELD_MONEY || field->type == FIELD_POINTS;

		if (!value || json_is_null(value) || field->type == FIELD_LIST || field->type == FIELD_CURSOR || is_amount != numbers)
			continue;
		add_pair(table, field, value, is_money_book(result, false));
		count++;
	}
	if (count)
		scols_print_table(table);
	scols_unref_table(table);
}

static void render_lists(FILE *out, const struct field *fields, const json_t *result)
{
	for (const struct field *field = fields; field->name; field++) {
		_cleanup_free_ char *title = title_of(field);
		const json_t *rows = json_object_get(result, field->name);

		if (!rows || field->type != FIELD_LIST)
			continue;
		if (strcmp(field->name, "rows") != 0)
			fprintf(out, "\n%s\n", title);
		put_rows(out, field->items, rows, is_money_book(result, false));
	}
}

void render_result(FILE *out, const struct field *fields, const json_t *result)
{
	const char *next = json_string_value(json_object_get(result, "next"));

	render_pairs(out, fields, result, false);
	render_pairs(out, fields, result, true);
	render_lists(out, fields, result);
	if (next) {
		_cleanup_free_ char *safe = escape(next);

		fflush(out);
		say_note(_("There are more: add --cursor %s"), safe);
	}
}
