/*
 * The chart of accounts, edition 2025-01-01, as the ledger's first migration has it, and what an account of it must keep.
 * Const data; tests/lint/audit.sh compares it with the migration.
 */
#ifndef AUDIT_CHART_H
#define AUDIT_CHART_H

#include <stdbool.h>

struct chart {
	const char *number;
	const char *book;  /* "points" or "money" */
	const char *side;  /* "debit" or "credit": of its balance in the usual case */
	const char *owner; /* "scheme" (owner 0), "volunteer", "pool", "shop", "fund" */
	const char *name, *name_en;
	bool lots;        /* its balance lies in lots */
	bool never_below; /* it never goes below zero on its side */
};

extern const struct chart chart[]; /* in order of number, byte by byte; ends with number NULL */

const struct chart *chart_find(const char *number); /* NULL if there is none */

#endif
