/* Shapes of fields that many operations share, for the groups of the operations table (op_*.c) only. */
#ifndef WIRE_OP_FIELDS_H
#define WIRE_OP_FIELDS_H

#include "wire/op.h"

#define END {.name = NULL}

/* A list by pages: how it is asked for, and what is answered. */
#define LIMIT_OF(most) {.name = "limit", .type = FIELD_COUNT, .min = 1, .max = (most), .zh = "条数", .help = "rows in a page at most"}
#define LIMIT LIMIT_OF(500)
#define CURSOR {.name = "cursor", .type = FIELD_CURSOR, .zh = "起点", .help = "where the last page ended"}
#define PAGE(fields) \
	{.name = "rows", .type = FIELD_LIST, .items = (fields), .zh = "列表", .help = "the rows of this page"}, \
	{.name = "next", .type = FIELD_CURSOR, .zh = "下页起点", .help = "cursor of the next page, absent on the last"}

#endif
