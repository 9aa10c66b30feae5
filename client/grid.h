/*
 * Records of a list as columns of text, no wider than what they are printed on.
 *
 * What does not fit goes below, with the first columns, as many as tell the records apart, again. Where that would happen, columns of nothing but zero are
 * left out first, and a single record stands as titles and values. --json has everything.
 */
#ifndef CLIENT_GRID_H
#define CLIENT_GRID_H

#include "wire/op.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct grid {
	const struct field **fields; /* by column: those that any record has */
	size_t columns, rows;
	char **cells; /* by row, then column; safe to print */
};

/* money: whether amounts that name no book are fen. */
struct grid *grid_new(const struct field *items, const json_t *records, bool money);
struct grid *grid_free(struct grid *grid);
void grid_print(FILE *out, struct grid *grid);

/* Amounts of both books stand in one field, in fen or in points; their record, or the one around it, names the book. */
bool grid_is_money(const json_t *record, bool around);

/* A value as people read it, safe to print; malloc'd. */
char *grid_cell(const struct field *field, const json_t *value, bool money);

/* Titles at the left, values beside them; all texts belong to the caller. */
void grid_print_pairs(FILE *out, char *const *titles, char *const *values, size_t count);

/* How many columns of a terminal a text takes. */
size_t grid_text_width(const char *text);

/* How many there are: the terminal's, $COLUMNS, or 100. */
size_t grid_screen_width(FILE *out);

#endif
