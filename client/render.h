/* Results for people: lists as tables, single values as aligned pairs. Chinese is as wide as a terminal shows it. */
#ifndef CLIENT_RENDER_H
#define CLIENT_RENDER_H

#include "wire/op.h"

#include <jansson.h>
#include <stdio.h>

/* Prints a result by its fields. Members that are not there are left out; everything typed is escaped. */
void render_result(FILE *out, const struct field *fields, const json_t *result);

/* Prints the records of a list as one table. */
void render_rows(FILE *out, const struct field *items, const json_t *rows);

#endif
