#include "client/csv_read.h"

#include "client/say.h"
#include "wire/base.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define BOM "\xef\xbb\xbf"

static bool is_utf8(const char *bytes, size_t length)
{
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)bytes;

	while (length) {
		utf8proc_int32_t point;
		utf8proc_ssize_t used = utf8proc_iterate(at, (utf8proc_ssize_t)length, &point);

		if (used <= 0)
			return false;
		at += used;
		length -= (size_t)used;
	}
	return true;
}

/* Bytes of another encoding as UTF-8, NULL if they are not of it. */
static char *from_encoding(const char *encoding, const char *bytes, size_t length)
{
	iconv_t converter = iconv_open("UTF-8", encoding);
	size_t room = length * 3 + 1, left = room - 1;
	char *text = xmalloc(room), *to = text, *from = (char *)(size_t)bytes;

	if (converter == (iconv_t)-1)
		BUG("no %s in this system's iconv: %s", encoding, strerror(errno));
	if (iconv(converter, &from, &length, &to, &left) == (size_t)-1) {
		free(text);
		text = NULL;
	} else {
		*to = '\0';
	}
	iconv_close(converter);
	return text;
}

/* The file's text in UTF-8 without BOM, malloc'd; NULL if it is no text that is known here. */
static char *decode(const char *bytes, size_t length, const char **ret_encoding)
{
	*ret_encoding = "UTF-16";
	if (length >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
		return from_encoding("UTF-16", bytes, length);
	if (memchr(bytes, '\0', length))
		return NULL;
	if (length >= 3 && memcmp(bytes, BOM, 3) == 0 && is_utf8(bytes, length)) {
		*ret_encoding = "UTF-8 with BOM";
		return xstrndup(bytes + 3, length - 3);
	}
	*ret_encoding = "UTF-8";
	if (is_utf8(bytes, length))
		return xstrndup(bytes, length);
	*ret_encoding = "GB18030";
	return from_encoding("GB18030", bytes, length);
}

static void add_cell(struct csv_row *row, char *cell)
{
	row->cells = xrealloc(row->cells, (row->count + 1) * sizeof(*row->cells));
	row->cells[row->count++] = cell;
}

static void row_clear(struct csv_row *row)
{
	for (size_t i = 0; i < row->count; i++)
		free(row->cells[i]);
	free(row->cells);
}

/* Reads "a ""quoted"" cell"; *at is behind the first quote and moves behind the last. NULL if it does not end. */
static char *quoted_cell(const char **at)
{
	char *cell = xmalloc(strlen(*at) + 1), *to = cell;

	for (; **at; (*at)++) {
		if (**at == '"' && (*at)[1] != '"') {
			(*at)++;
			*to = '\0';
			return cell;
		}
		if (**at == '"')
			(*at)++;
		*to++ = **at;
	}
	free(cell);
	return NULL;
}

/* Reads one cell and moves to the separator or the line's end behind it. */
static char *take_cell(const char **at, char separator)
{
	const char ends[] = {separator, '\r', '\n', '\0'};
	size_t length = strcspn(*at, ends);
	char *cell;

	if (**at != '"') {
		cell = xstrndup(*at, length);
		*at += length;
		return cell;
	}
	(*at)++;
	cell = quoted_cell(at);
	if (!cell || !**at || strchr(ends, **at))
		return cell;
	free(cell);
	return NULL;
}

/* Reads one row and moves behind its line's end. -1 when quotes do not fit. */
static int take_row(const char **at, char separator, struct csv_row *row)
{
	for (;; (*at)++) {
		char *cell = take_cell(at, separator);

		if (!cell)
			return -1;
		add_cell(row, cell);
		if (**at != separator)
			break;
	}
	*at += **at == '\r';
	*at += **at == '\n';
	return 0;
}

/* Spreadsheets leave rows of nothing but commas behind. */
static bool is_empty(const struct csv_row *row)
{
	for (size_t i = 0; i < row->count; i++)
		if (row->cells[i][strspn(row->cells[i], " \t")])
			return false;
	return true;
}

/* What parts the cells: what the first row that has any separator has most of. */
static char separator_of(const char *text)
{
	static const char separators[] = ",;\t";
	size_t counts[sizeof(separators)] = {0}, best = 0;

	for (bool quoted = false, any = false; *text && (quoted || !any || *text != '\n'); text++) {
		const char *found = strchr(separators, *text);

		quoted = quoted != (*text == '"');
		if (!quoted && found)
			counts[found - separators]++;
		any = any || (!quoted && found);
	}
	for (size_t i = 1; separators[i]; i++)
		best = counts[i] > counts[best] ? i : best;
	return separators[best];
}

static void add_row(struct csv *csv, struct csv_row row)
{
	if (is_empty(&row)) {
		row_clear(&row);
		return;
	}
	csv->rows = xrealloc(csv->rows, (csv->count + 1) * sizeof(*csv->rows));
	csv->rows[csv->count++] = row;
}

static int parse_text(const char *text, struct csv *csv, char **ret_why)
{
	csv->separator = separator_of(text);
	for (size_t number = 1; *text; number++) {
		struct csv_row row = {.number = number};

		if (take_row(&text, csv->separator, &row) < 0) {
			row_clear(&row);
			*ret_why = xasprintf(_("row %zu: a quoted cell does not end, or something stands behind its end"), number);
			return -1;
		}
		add_row(csv, row);
	}
	if (csv->count)
		return 0;
	*ret_why = xstrdup(_("the file is empty"));
	return -1;
}

/* .xlsx is a ZIP archive, .xls an OLE file. */
static bool is_workbook(const char *bytes, size_t length)
{
	return length >= 4 && (memcmp(bytes, "PK\x03\x04", 4) == 0 || memcmp(bytes, "\xd0\xcf\x11\xe0", 4) == 0);
}

int csv_parse(const char *bytes, size_t length, struct csv *ret, char **ret_why)
{
	struct csv csv = {0};
	_cleanup_free_ char *text = NULL;

	if (is_workbook(bytes, length)) {
		*ret_why = xstrdup(_("it is a workbook, not a CSV file; open it and save it as \"CSV UTF-8\""));
		return -1;
	}
	text = decode(bytes, length, &csv.encoding);
	if (!text) {
		*ret_why = xstrdup(_("it is text neither in UTF-8 nor in GB18030; save it as CSV"));
		return -1;
	}
	if (parse_text(text, &csv, ret_why) < 0) {
		csv_clear(&csv);
		return -1;
	}
	*ret = csv;
	return 0;
}

void csv_clear(struct csv *csv)
{
	for (size_t i = 0; i < csv->count; i++)
		row_clear(&csv->rows[i]);
	free(csv->rows);
	*csv = (struct csv){0};
}
