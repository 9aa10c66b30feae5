/*
 * Rows of one small table, kept in memory in order of the log, found by key or by another member that names them. For registry.c.
 */
#ifndef AUDIT_TABLE_H
#define AUDIT_TABLE_H

#include "audit/registry.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Open addressing; a place is the index of an item + 1, 0 free. The keys are the items' own. */
struct index {
	size_t *places, room, used;
};

/* All zeros but unique is an empty table. */
struct table {
	const char *unique; /* the other member, NULL if there is none */
	struct item *items;
	size_t count, room;
	struct index by_key, by_name;
};

void table_add(struct table *table, int64_t key, const json_t *row, int64_t leaf); /* references the row */
const struct item *table_by_key(const struct table *table, int64_t key); /* of two with one key the first; NULL if there is none */
const struct item *table_by_name(const struct table *table, const char *name);
void table_clear(struct table *table); /* frees what it holds */

#endif
