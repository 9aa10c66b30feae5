/*
 * CSV files as offices have them: RFC 4180 with CRLF or LF, in UTF-8 with or without BOM, in GB18030 as Excel writes it in
 * China, or in UTF-16 with BOM as it writes "Unicode text"; parted by commas, semicolons or tabs, as the first row is.
 */
#ifndef CLIENT_CSV_READ_H
#define CLIENT_CSV_READ_H

#include <stddef.h>

struct csv_row {
	size_t number; /* as a spreadsheet shows it: the first is 1, empty rows count */
	size_t count;
	char **cells; /* UTF-8 */
};

struct csv {
	size_t count; /* rows that are not empty; the first has the titles */
	struct csv_row *rows;
	const char *encoding; /* "UTF-8", "UTF-8 with BOM", "GB18030" or "UTF-16" */
	char separator;	      /* ',', ';' or '\t' */
};

/* Parses bytes. 0, or -1 with *ret_why (malloc'd, translated). */
int csv_parse(const char *bytes, size_t length, struct csv *ret, char **ret_why);
void csv_clear(struct csv *csv);

#endif
