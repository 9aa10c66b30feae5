/* Text that grows: numbers and cells are put into it without stdio, whose formatting took half the time of a leaf. */
#ifndef AUDIT_TEXT_BUFFER_H
#define AUDIT_TEXT_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct text_buffer {
	char *bytes; /* malloc'd, no NUL of its own; its owner frees it */
	size_t length, room;
};

void text_add_bytes(struct text_buffer *text, const char *bytes, size_t length);
void text_add(struct text_buffer *text, const char *more);
void text_add_number(struct text_buffer *text, int64_t number);
void text_add_cell(struct text_buffer *text, const char *cell); /* of a table: csv_cell.h */

#endif
