#include "client/render.h"

#include "client/escape.h"
#include "client/grid.h"
#include "client/say.h"
#include "client/title.h"
#include "wire/base.h"

#include <stdlib.h>
#include <string.h>

static void render_record(FILE *out, const struct field *fields, const json_t *record, bool money);

static bool has_list(const struct field *items)
{
	for (; items->name; items++)
		if (items->type == FIELD_LIST)
			return true;
	return false;
}

/* Records with lists of their own stand below each other. */
static void put_records(FILE *out, const struct field *items, const json_t *rows, bool money)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		fputs(i ? "\n" : "", out);
		render_record(out, items, row, money);
	}
}

static void put_rows(FILE *out, const struct field *items, const json_t *rows, bool money)
{
	struct grid *grid;

	if (!json_array_size(rows)) {
		fprintf(out, "%s\n", _("(none)"));
		return;
	}
	if (has_list(items)) {
		put_records(out, items, rows, money);
		return;
	}
	grid = grid_new(items, rows, money);
	grid_print(out, grid);
	grid_free(grid);
}

void render_rows(FILE *out, const struct field *items, const json_t *rows)
{
	put_rows(out, items, rows, false);
}

/* Single values: titles and texts, owned. */
struct pairs {
	char **titles, **values;
	size_t count, amounts; /* the last so many are amounts */
};

static bool is_single(const struct field *field, const json_t *value)
{
	return value && !json_is_null(value) && field->type != FIELD_LIST && field->type != FIELD_CURSOR;
}

static bool is_amount(const struct field *field)
{
	return field->type == FIELD_MONEY || field->type == FIELD_POINTS;
}

static void add_pairs(struct pairs *pairs, const struct field *fields, const json_t *record, bool amounts, bool money)
{
	for (const struct field *field = fields; field->name; field++) {
		const json_t *value = json_object_get(record, field->name);

		if (!is_single(field, value) || is_amount(field) != amounts)
			continue;
		pairs->titles[pairs->count] = title_of(field);
		pairs->values[pairs->count++] = grid_cell(field, value, money);
		pairs->amounts += amounts;
	}
}

/* Amounts line up at the right, with each other. */
static void align_amounts(struct pairs *pairs)
{
	size_t width = 0;

	for (size_t i = pairs->count - pairs->amounts; i < pairs->count; i++)
		width = strlen(pairs->values[i]) > width ? strlen(pairs->values[i]) : width;
	for (size_t i = pairs->count - pairs->amounts; i < pairs->count; i++) {
		char *aligned = xasprintf("%*s", (int)width, pairs->values[i]);

		free(pairs->values[i]);
		pairs->values[i] = aligned;
	}
}

/* Amounts come after the other single values. */
static void render_pairs(FILE *out, const struct field *fields, const json_t *record, bool money)
{
	size_t most = json_object_size(record) + 1;
	struct pairs pairs = {.titles = xcalloc(most, sizeof(char *)), .values = xcalloc(most, sizeof(char *))};

	add_pairs(&pairs, fields, record, false, money);
	add_pairs(&pairs, fields, record, true, money);
	align_amounts(&pairs);
	grid_print_pairs(out, pairs.titles, pairs.values, pairs.count);
	for (size_t i = 0; i < pairs.count; i++) {
		free(pairs.titles[i]);
		free(pairs.values[i]);
	}
	free(pairs.titles);
	free(pairs.values);
}

static void render_lists(FILE *out, const struct field *fields, const json_t *record, bool money)
{
	for (const struct field *field = fields; field->name; field++) {
		_cleanup_free_ char *title = title_of(field);
		const json_t *rows = json_object_get(record, field->name);

		if (!rows || field->type != FIELD_LIST)
			continue;
		if (strcmp(field->name, "rows") != 0)
			fprintf(out, "\n%s\n", title);
		put_rows(out, field->items, rows, money);
	}
}

static void render_record(FILE *out, const struct field *fields, const json_t *record, bool money)
{
	bool own = grid_is_money(record, money);

	render_pairs(out, fields, record, own);
	render_lists(out, fields, record, own);
}

void render_result(FILE *out, const struct field *fields, const json_t *result)
{
	const char *next = json_string_value(json_object_get(result, "next"));

	render_record(out, fields, result, false);
	if (next) {
		_cleanup_free_ char *safe = escape(next);

		fflush(out);
		say_note(_("There are more: add --cursor %s"), safe);
	}
}
