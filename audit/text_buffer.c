#include "audit/text_buffer.h"

#include "audit/csv_cell.h"
#include "wire/base.h"

#include <stdlib.h>
#include <string.h>

void text_add_bytes(struct text_buffer *text, const char *bytes, size_t length)
{
	if (text->length + length > text->room) {
		text->room = (text->length + length) * 2 + 256;
		text->bytes = xrealloc(text->bytes, text->room);
	}
	memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
}

void text_add(struct text_buffer *text, const char *more)
{
	text_add_bytes(text, more, strlen(more));
}

void text_add_number(struct text_buffer *text, int64_t number)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do
		*--at = (char)('0' + rest % 10);
	while ((rest /= 10));
	if (number < 0)
		*--at = '-';
	text_add_bytes(text, at, (size_t)(digits + sizeof(digits) - at));
}

/* A cell of the table; most are plain words. */
void text_add_cell(struct text_buffer *text, const char *cell)
{
	_cleanup_free_ char *quoted = NULL;
	size_t length;
	FILE *out;

	if (cell[strspn(cell, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")] == '\0') {
		text_add(text, cell);
		return;
	}
	out = open_memstream(&quoted, &length);
	if (!out)
		BUG("no memory stream");
	csv_write_cell(out, cell, false);
	fclose(out);
	text_add_bytes(text, quoted, length);
}
