/*
 * The tables of the database compared with the log: during the replay every row that the leaves imply is remembered by the
 * digests of its key and its image; then the rows that the database has are held against them, table by table.
 *
 * The ledger may go on posting meanwhile: before a page of rows is compared, the log is replayed up to where the page is of.
 */
#ifndef AUDIT_TABLES_H
#define AUDIT_TABLES_H

#include "audit/replay.h"
#include "audit/trust.h"
#include "wire/tree.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Gets the act that has a leaf at an index, not parsed: from there on all of its leaves, or only that one. To be cleared. 0 or -1. */
typedef int tables_fetch_fn(void *arg, int64_t first, bool whole, struct act *ret);

struct tables {
	/* set by the caller */
	struct replay *replay;
	const struct trust *trust;
	const char *origin; /* of the log */
	tables_fetch_fn *fetch;
	void *fetch_arg;
	int64_t generation; /* of this audit: one more than the last one's */
	/* by tables_...() */
	struct tree tree;   /* of the leaves replayed, for roots and tiles; initialised by the caller, or an earlier audit's */
	int64_t rows;       /* compared so far */
	int64_t begun;      /* size of the log when the table at hand was begun */
	struct probe *probe; /* looks for the text of a key: nothing is put then */
};

struct probe {
	uint64_t wanted[STORE_KEY];
	char *text; /* malloc'd when it was found */
};

/* Remembers what an act implies; an observer of the replay, tables being its arg. */
void tables_keep(void *arg, const struct replay *replay, const struct act *act);

/* A table is begun when the log has a size; its rows follow, then its end, where what was not among them is missing. */
void tables_begin(struct tables *tables, const char *table, int64_t size);
void tables_row(struct tables *tables, const char *table, const json_t *row);
void tables_end(struct tables *tables, const char *table);

/* tables_derived.c: tables without a remembered image; true if the table is one of them. key is the row's. */
bool tables_derived_row(struct tables *tables, const char *table, const char *key, const json_t *row);

/* tables_constant.c: those that are part of the program. */
bool tables_constant_row(struct tables *tables, const char *table, const char *key, const json_t *row);
bool tables_constant_end(struct tables *tables, const char *table);

/* tables_erasable.c: which personal values should be there. */
void tables_keep_personal(struct tables *tables, const struct act *act);
bool tables_erasable_row(struct tables *tables, const char *table, const char *key, const json_t *row);

/* Shared by them. The remembered row: leaf, two words of its image, generation when it was last seen (negative: it is gone, rightly),
 * request (negative: its leaf has no digest of the result); of a tile its level and index. */
enum { ROW_LEAF, ROW_DIGEST, ROW_SEEN = 3, ROW_REQUEST = 4 };
int64_t *tables_get(const struct tables *tables, const char *table, const char *key);
int64_t *tables_put(const struct tables *tables, const char *table, const char *key, bool *ret_new);
void tables_find(const struct tables *tables, const char *code, const char *table, const char *key, int64_t leaf, const char *field,
		 const char *expected, const char *found);
void tables_differ(const struct tables *tables, const char *code, const char *table, const char *key, int64_t leaf, const json_t *expected,
		   const json_t *found); /* a finding for each member that differs */
void tables_word(const char *table, uint64_t *ret); /* first word of the keys of a table's rows */
void tables_digest(const char *text, uint64_t ret[2]);

#endif
