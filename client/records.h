/* Rows of a CSV file as records of an operation's list. Every fault of every row is said, not only the first. */
#ifndef CLIENT_RECORDS_H
#define CLIENT_RECORDS_H

#include "client/csv_read.h"
#include "wire/op.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* A new array with one record a row and *ret_rows (malloc'd) with their row numbers; NULL when there were faults, which
 * have been written to faults, one a line: row, column, reason. */
json_t *records_from_csv(const struct csv *csv, const struct field *items, FILE *faults, size_t **ret_rows);

/* One record from "name=value,name=value"; a comma within a value is fine. NULL with *ret_why (malloc'd). */
json_t *record_from_text(const struct field *items, const char *text, char **ret_why);

#endif
