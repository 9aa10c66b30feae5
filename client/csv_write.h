/*
 * CSV for Excel in Chinese: UTF-8 with BOM, CRLF. Text that a spreadsheet would run as a formula gets an
 * apostrophe in front; our own numbers stay as they are.
 */
#ifndef CLIENT_CSV_WRITE_H
#define CLIENT_CSV_WRITE_H

#include "audit/csv_cell.h"
#include "wire/op.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Single values as rows of title and value; chinese says in which language both are. */
void csv_write_pairs(FILE *out, const struct field *fields, const json_t *result, bool chinese);

/* A whole result after the byte order mark: its single values, then each list with its titles. */
void csv_write_result(FILE *out, const struct field *fields, const json_t *result, bool chinese);

#endif
