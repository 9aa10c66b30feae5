#include "client/records.h"

#include "client/escape.h"
#include "client/say.h"
#include "client/suggest.h"
#include "client/title.h"
#include "client/trouble.h"
#include "client/value.h"
#include "wire/base.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	const struct field *items;
	const struct field **columns; /* by column of the file; NULL: a column that is not ours and may be there */
	size_t count;
	FILE *faults;
	size_t fault_count;
};

static const struct field *find_column(const struct field *items, const char *title)
{
	for (; items->name; items++)
		if (title_is_column(items, title))
			return items;
	return NULL;
}

/* Columns that offices number their rows with. */
static bool is_row_number(const char *title)
{
	static const char *const titles[] = {"", "序号", "No.", "No", "#"};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (strcmp(title, titles[i]) == 0)
			return true;
	return false;
}

/* Says one fault: row and column as the spreadsheet shows them, then why. */
static void fault(struct reader *reader, size_t row, const char *column, const char *why)
{
	_cleanup_free_ char *safe_column = escape(column);
	_cleanup_free_ char *safe_why = escape(why);

	fprintf(reader->faults, _("row %zu, column %s: %s\n"), row, safe_column, safe_why);
	reader->fault_count++;
}

static void unknown_column(struct reader *reader, size_t row, const char *title)
{
	struct suggestion suggestion;
	_cleanup_free_ char *known = xstrdup("");
	_cleanup_free_ char *why = NULL;

	suggest_start(&suggestion, title);
	for (const struct field *field = reader->items; field->name; field++) {
		_cleanup_free_ char *name = title_of(field);
		char *longer = xasprintf("%s%s%s", known, *known ? ", " : "", name);

		free(known);
		known = longer;
		suggest_offer(&suggestion, name);
		suggest_offer(&suggestion, field->name);
	}
	why = *suggestion.best ? xasprintf(_("unknown; did you mean %s?"), suggestion.best) :
				 xasprintf(_("unknown; there are %s"), known);
	fault(reader, row, title, why);
}

static void read_titles(struct reader *reader, const struct csv_row *titles)
{
	reader->count = titles->count;
	reader->columns = xcalloc(titles->count, sizeof(const struct field *));
	for (size_t i = 0; i < titles->count; i++) {
		_cleanup_free_ char *clean = value_clean(titles->cells[i]);
		const char *title = clean ? clean : titles->cells[i];

		reader->columns[i] = find_column(reader->items, title);
		if (!reader->columns[i] && !is_row_number(title))
			unknown_column(reader, titles->number, title);
		for (size_t j = 0; j < i; j++)
			if (reader->columns[i] && reader->columns[j] == reader->columns[i])
				fault(reader, titles->number, title, _("it is there twice"));
	}
}

static bool has_column(const struct reader *reader, const struct field *field)
{
	for (size_t i = 0; i < reader->count; i++)
		if (reader->columns[i] == field)
			return true;
	return false;
}

static void check_titles(struct reader *reader, const struct csv_row *titles)
{
	for (const struct field *field = reader->items; field->name; field++) {
		_cleanup_free_ char *title = title_of(field);

		if (field->flags & FIELD_REQUIRED && !has_column(reader, field))
			fault(reader, titles->number, title, _("the column is missing"));
	}
}

/* title is the file's own, which is what its author looks for. */
static void read_cell(struct reader *reader, const struct field *field, const char *title, const char *cell, size_t row, json_t *record)
{
	_cleanup_free_ char *clean = value_clean(cell);
	_cleanup_free_ char *why = NULL;
	json_t *value;

	if (clean && !*clean) {
		if (field->flags & FIELD_REQUIRED)
			fault(reader, row, title, _("empty"));
		return;
	}
	value = value_parse(field, cell, &why);
	if (!value || trouble_check(field, value, &why) < 0)
		fault(reader, row, title, why);
	else
		json_object_set(record, field->name, value);
	json_decref(value);
}

/* A cell right of the last title; its column has a letter only. */
static void outside(struct reader *reader, size_t row, size_t column, const char *cell)
{
	char letters[] = {(char)('A' + column / 26 - 1), (char)('A' + column % 26), '\0'};
	_cleanup_free_ char *why = xasprintf(_("\"%s\" stands outside the columns"), cell);

	fault(reader, row, column < 26 ? letters + 1 : letters, why);
}

static json_t *read_row(struct reader *reader, const struct csv_row *titles, const struct csv_row *row)
{
	json_t *record = json_object();

	for (size_t i = 0; i < reader->count; i++)
		if (reader->columns[i])
			read_cell(reader, reader->columns[i], titles->cells[i], i < row->count ? row->cells[i] : "", row->number, record);
	for (size_t i = reader->count; i < row->count; i++)
		if (*row->cells[i])
			outside(reader, row->number, i, row->cells[i]);
	return record;
}

/* Whether a row has the field's title. */
static bool is_titled(const struct csv_row *row, const struct field *field)
{
	for (size_t i = 0; i < row->count; i++) {
		_cleanup_free_ char *title = value_clean(row->cells[i]);

		if (title && title_is_column(field, title))
			return true;
	}
	return false;
}

#define TITLES_WITHIN 5

/* The row with the titles, by index: offices write the sheet's name above them. The first row where none has all that must be. */
static size_t title_row(const struct csv *csv, const struct field *items)
{
	for (size_t i = 0; i < csv->count && i < TITLES_WITHIN; i++) {
		bool all = true;

		for (const struct field *field = items; field->name; field++)
			all = all && (!(field->flags & FIELD_REQUIRED) || is_titled(&csv->rows[i], field));
		if (all)
			return i;
	}
	return 0;
}

json_t *records_from_csv(const struct csv *csv, const struct field *items, FILE *faults, size_t **ret_rows)
{
	struct reader reader = {.items = items, .faults = faults};
	size_t *rows = xcalloc(csv->count, sizeof(*rows));
	json_t *records = json_array();
	size_t first = title_row(csv, items) + 1;
	const struct csv_row *titles = &csv->rows[first - 1];

	read_titles(&reader, titles);
	check_titles(&reader, titles);
	for (size_t i = first; i < csv->count; i++) {
		json_array_append_new(records, read_row(&reader, titles, &csv->rows[i]));
		rows[i - first] = csv->rows[i].number;
	}
	free(reader.columns);
	if (csv->count == first)
		fault(&reader, titles->number, titles->cells[0], _("there are titles, but no rows below them"));
	if (!reader.fault_count) {
		*ret_rows = rows;
		return records;
	}
	free(rows);
	json_decref(records);
	return NULL;
}

/* The field whose "name=" stands at text, with the length of the name; NULL if none does. */
static const struct field *name_at(const struct field *items, const char *text, size_t *ret_length)
{
	size_t length = strcspn(text, "=,");
	_cleanup_free_ char *typed = text[length] == '=' ? xstrndup(text, length) : NULL;
	_cleanup_free_ char *name = typed ? value_clean(typed) : NULL;

	*ret_length = length;
	return name && *name ? find_column(items, name) : NULL;
}

/* Where the value that starts at text ends: at a comma behind which a name stands, or at the end. */
static const char *value_end(const struct field *items, const char *text)
{
	size_t length;

	for (const char *comma = strchr(text, ','); comma; comma = strchr(comma + 1, ','))
		if (name_at(items, comma + 1, &length))
			return comma;
	return text + strlen(text);
}

/* Reads one member of a record and moves behind it. */
static int take_member(const struct field *items, const char **text, json_t *record, char **ret_why)
{
	size_t length;
	const struct field *field = name_at(items, *text, &length);
	const char *end = field ? value_end(items, *text + length + 1) : NULL;
	_cleanup_free_ char *typed = field ? xstrndup(*text + length + 1, (size_t)(end - *text) - length - 1) : NULL;
	_cleanup_free_ char *why = NULL;
	json_t *value;
	int result = 0;

	if (!field) {
		*ret_why = xasprintf(_("no name=value at \"%s\""), *text);
		return -1;
	}
	value = value_parse(field, typed, &why);
	if (!value || trouble_check(field, value, &why) < 0) {
		*ret_why = xasprintf("%s: %s", field->name, why);
		result = -1;
	} else {
		json_object_set(record, field->name, value);
	}
	json_decref(value);
	*text = *end ? end + 1 : end;
	return result;
}

json_t *record_from_text(const struct field *items, const char *text, char **ret_why)
{
	json_t *record = json_object();

	while (*text)
		if (take_member(items, &text, record, ret_why) < 0) {
			json_decref(record);
			return NULL;
		}
	for (const struct field *field = items; field->name; field++)
		if (field->flags & FIELD_REQUIRED && !json_object_get(record, field->name)) {
			*ret_why = xasprintf(_("%s is missing"), field->name);
			json_decref(record);
			return NULL;
		}
	return record;
}
