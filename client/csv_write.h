/*
 * CSV for Excel in Chinese: UTF-8 with BOM, CRLF. Text that a spreadsheet would run as a formula gets an
 * apostrophe in front; our own numbers stay as they are.
 */
#ifndef CLIENT_CSV_WRITE_H
#define CLIENT_CSV_WRITE_H

#include "wire/op.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* One cell, quoted where it must be. is_number: made by us, not typed. */
void csv_write_cell(FILE *out, const char *text, bool is_number);

/* A whole result: its single values as rows of title and value, then each list with its titles. chinese says which. */
void csv_write_result(FILE *out, const struct field *fields, const json_t *result, bool chinese);

#endif
