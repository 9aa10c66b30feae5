#include "client/grid.h"

#include "client/escape.h"
#include "client/title.h"
#include "client/value.h"
#include "wire/base.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define GAP 2 /* between columns */
#define SCREEN_USUAL 100
#define SCREEN_LEAST 40

size_t grid_screen_width(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	long width = SCREEN_USUAL;

	if (fileno(out) >= 0 && isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col)
		width = size.ws_col;
	else if (columns && atol(columns) > 0)
		width = atol(columns);
	return width < SCREEN_LEAST ? SCREEN_LEAST : (size_t)width;
}

size_t grid_text_width(const char *text)
{
	mbstate_t state = {0};
	size_t width = 0, left = strlen(text), used;
	wchar_t character;

	for (; left && (used = mbrtowc(&character, text, left, &state)) && used <= left; text += used, left -= used)
		width += wcwidth(character) > 0 ? (size_t)wcwidth(character) : 0;
	return width + left;
}

bool grid_is_money(const json_t *record, bool around)
{
	const char *book = json_string_value(json_object_get(record, "book"));

	return book ? strcmp(book, "money") == 0 : around;
}

char *grid_cell(const struct field *field, const json_t *value, bool money)
{
	struct field booked = *field;
	_cleanup_free_ char *text = NULL;

	if (money && booked.type == FIELD_POINTS)
		booked.type = FIELD_MONEY;
	text = value_text(&booked, value);
	return escape(text);
}

/* Whether any record of the list has the member. */
static bool is_used(const json_t *records, const struct field *field)
{
	const json_t *record;
	size_t i;

	json_array_foreach(records, i, record) {
		const json_t *value = json_object_get(record, field->name);

		if (value && !json_is_null(value))
			return true;
	}
	return false;
}

struct grid *grid_new(const struct field *items, const json_t *records, bool money)
{
	struct grid *grid = xcalloc(1, sizeof(*grid));
	size_t count = 0;

	while (items[count].name)
		count++;
	grid->fields = xcalloc(count + 1, sizeof(const struct field *));
	for (; items->name; items++)
		if (is_used(records, items))
			grid->fields[grid->columns++] = items;
	grid->rows = json_array_size(records);
	grid->cells = xcalloc(grid->rows * grid->columns + 1, sizeof(char *));
	for (size_t i = 0; i < grid->rows; i++) {
		const json_t *record = json_array_get(records, i);

		for (size_t j = 0; j < grid->columns; j++)
			grid->cells[i * grid->columns + j] =
				grid_cell(grid->fields[j], json_object_get(record, grid->fields[j]->name), grid_is_money(record, money));
	}
	return grid;
}

struct grid *grid_free(struct grid *grid)
{
	if (!grid)
		return NULL;
	for (size_t i = 0; i < grid->rows * grid->columns; i++)
		free(grid->cells[i]);
	free(grid->cells);
	free(grid->fields);
	free(grid);
	return NULL;
}

static const char *cell(const struct grid *grid, size_t row, size_t column)
{
	return grid->cells[row * grid->columns + column];
}

static size_t column_width(const struct grid *grid, size_t column)
{
	_cleanup_free_ char *title = title_of(grid->fields[column]);
	size_t width = grid_text_width(title);

	for (size_t i = 0; i < grid->rows; i++)
		if (grid_text_width(cell(grid, i, column)) > width)
			width = grid_text_width(cell(grid, i, column));
	return width;
}

/* Whether a column holds amounts and all of them are zero. */
static bool is_zero(const struct grid *grid, size_t column)
{
	enum field_type type = grid->fields[column]->type;

	if (type != FIELD_MONEY && type != FIELD_POINTS)
		return false;
	for (size_t i = 0; i < grid->rows; i++)
		if (cell(grid, i, column)[strspn(cell(grid, i, column), "0.")])
			return false;
	return true;
}

/* The columns of one table, by number. */
struct choice_of_columns {
	size_t *columns, count, width;
};

static void choose(struct choice_of_columns *chosen, size_t column, size_t width)
{
	chosen->columns[chosen->count++] = column;
	chosen->width += width + (chosen->count > 1 ? GAP : 0);
}

static struct libscols_table *new_table(FILE *out, bool headings)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		BUG("out of memory");
	scols_table_set_stream(table, out);
	scols_table_enable_noheadings(table, !headings);
	scols_table_set_column_separator(table, "  ");
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	return table;
}

/* A text longer than the screen goes on below, in its own column. */
static void wrap_at(struct libscols_table *table, size_t width)
{
	scols_table_set_termforce(table, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(table, width);
}

static void add_column(struct libscols_table *table, const char *title, int flags)
{
	if (!scols_table_new_column(table, title, 0, flags))
		BUG("out of memory");
}

static void put(struct libscols_line *line, size_t column, const char *text)
{
	if (!line || scols_line_set_data(line, column, text) != 0)
		BUG("out of memory");
}

static void print_columns(FILE *out, const struct grid *grid, const struct choice_of_columns *chosen, size_t screen)
{
	struct libscols_table *table = new_table(out, true);
	bool wrapped = chosen->width > screen;

	if (wrapped)
		wrap_at(table, screen);
	for (size_t i = 0; i < chosen->count; i++) {
		const struct field *field = grid->fields[chosen->columns[i]];
		_cleanup_free_ char *title = title_of(field);

		add_column(table, title, value_is_number(field) ? SCOLS_FL_RIGHT : wrapped ? SCOLS_FL_WRAP : 0);
	}
	for (size_t row = 0; row < grid->rows; row++) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		for (size_t i = 0; i < chosen->count; i++)
			put(line, i, cell(grid, row, chosen->columns[i]));
	}
	scols_print_table(table);
	scols_unref_table(table);
}

static size_t full_width(const struct grid *grid, const size_t *widths)
{
	size_t width = 0;

	for (size_t i = 0; i < grid->columns; i++)
		width += widths[i] + (i ? GAP : 0);
	return width;
}

static void print_record(FILE *out, const struct grid *grid)
{
	char **titles = xcalloc(grid->columns, sizeof(char *));

	for (size_t i = 0; i < grid->columns; i++)
		titles[i] = title_of(grid->fields[i]);
	grid_print_pairs(out, titles, grid->cells, grid->columns);
	for (size_t i = 0; i < grid->columns; i++)
		free(titles[i]);
	free(titles);
}

static bool same_key(const struct grid *grid, size_t a, size_t b, size_t columns)
{
	for (size_t i = 0; i < columns; i++)
		if (strcmp(cell(grid, a, i), cell(grid, b, i)) != 0)
			return false;
	return true;
}

static bool is_key(const struct grid *grid, size_t columns)
{
	for (size_t i = 1; i < grid->rows; i++)
		for (size_t j = 0; j < i; j++)
			if (same_key(grid, i, j, columns))
				return false;
	return true;
}

#define KEY_MOST 3

/* How many of the first columns tell the records apart; 1 if only many do, or if they leave less than a third of the screen. */
static size_t key_columns(const struct grid *grid, const size_t *widths, size_t screen)
{
	size_t width = 0;

	for (size_t columns = 1; columns <= KEY_MOST && columns < grid->columns; columns++) {
		width += widths[columns - 1] + GAP;
		if (is_key(grid, columns))
			return width * 3 > screen * 2 ? 1 : columns;
	}
	return 1;
}

/* As many tables as it takes, each beginning with the key. */
static void print_parts(FILE *out, const struct grid *grid, const size_t *widths, size_t screen, bool is_wide)
{
	_cleanup_free_ size_t *columns = xcalloc(grid->columns + 1, sizeof(*columns));
	struct choice_of_columns chosen = {.columns = columns};
	size_t key = is_wide ? key_columns(grid, widths, screen) : 1;

	for (size_t i = 0; i < grid->columns; i++) {
		if (i >= key && is_wide && is_zero(grid, i))
			continue;
		if (chosen.count > key && chosen.width + GAP + widths[i] > screen) {
			print_columns(out, grid, &chosen, screen);
			fputc('\n', out);
			chosen = (struct choice_of_columns){.columns = columns};
			for (size_t j = 0; j < key; j++)
				choose(&chosen, j, widths[j]);
		}
		choose(&chosen, i, widths[i]);
	}
	print_columns(out, grid, &chosen, screen);
}

void grid_print(FILE *out, struct grid *grid)
{
	_cleanup_free_ size_t *widths = xcalloc(grid->columns + 1, sizeof(*widths));
	size_t screen = grid_screen_width(out);
	bool is_wide;

	if (!grid->columns)
		return;
	for (size_t i = 0; i < grid->columns; i++)
		widths[i] = column_width(grid, i);
	is_wide = full_width(grid, widths) > screen;
	if (is_wide && grid->rows == 1)
		print_record(out, grid);
	else
		print_parts(out, grid, widths, screen, is_wide);
}

void grid_print_pairs(FILE *out, char *const *titles, char *const *values, size_t count)
{
	struct libscols_table *table = new_table(out, false);
	size_t screen = grid_screen_width(out), left = 0, right = 0;
	bool wrapped;

	for (size_t i = 0; i < count; i++) {
		left = grid_text_width(titles[i]) > left ? grid_text_width(titles[i]) : left;
		right = grid_text_width(values[i]) > right ? grid_text_width(values[i]) : right;
	}
	wrapped = left + GAP + right > screen;
	if (wrapped)
		wrap_at(table, screen);
	add_column(table, "", 0);
	add_column(table, "", wrapped ? SCOLS_FL_WRAP : 0);
	for (size_t i = 0; i < count; i++) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		put(line, 0, titles[i]);
		put(line, 1, values[i]);
	}
	if (count)
		scols_print_table(table);
	scols_unref_table(table);
}
