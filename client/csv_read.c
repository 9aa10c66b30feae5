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

/* GB18030 bytes as UTF-8, NULL if they are not GB18030. */
static char *from_gb18030(const char *bytes, size_t length)
{
	iconv_t converter = iconv_open("UTF-8", "GB18030");
	size_t room = length * 3 + 1, left = room - 1;
	char *text = xmalloc(room), *to = text, *from = (char *)(size_t)bytes;

	if (converter == (iconv_t)-1)
		BUG("no GB18030 in this system's iconv: %s", strerror(errno));
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
	return from_gb18030(bytes, length);
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

/* Reads one cell and moves to the comma or the line's end behind it. */
static char *take_cell(const char **at)
{
	size_t length = strcspn(*at, ",\r\n");
	char *cell;

	if (**at != '"') {
		cell = xstrndup(*at, length);
		*at += length;
		return cell;
	}
	(*at)++;
	cell = quoted_cell(at);
	if (!cell || !**at || strchr(",\r\n", **at))
		return cell;
	free(cell);
	return NULL;
}

/* Reads one row and moves behind its line's end. -1 when quotes do not fit. */
static int take_row(const char **at, struct csv_row *row)
{
	for (;; (*at)++) {
		char *cell = take_cell(at);

		if (!cell)
			return -1;
		add_cell(row, cell);
		if (**at != ',')
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
	for (size_t number = 1; *text; number++) {
		struct csv_row row = {.number = number};

		if (take_row(&text, &row) < 0) {
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

int csv_parse(const char *bytes, size_t length, struct csv *ret, char **ret_why)
{
	struct csv csv = {0};
	_cleanup_free_ char *text = decode(bytes, length, &csv.encoding);

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
