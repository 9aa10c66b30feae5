/*
 * The books as people's tools read them, made from the leaves alone and the same to the byte wherever they are made:
 * journal.hledger (plain-text accounting, for hledger and ledger) and postings.csv (a row a posting, for spreadsheets).
 * docs/bundle.md describes both.
 *
 * The journal is kept in a temporary file until it is sorted; in memory stay the names of accounts and 24 bytes an entry.
 */
#ifndef AUDIT_JOURNAL_H
#define AUDIT_JOURNAL_H

#include "audit/act.h"
#include "audit/names.h"

#include <stdint.h>
#include <stdio.h>

struct journal;

/* names and csv, to which the rows go at once, are used as long as it lives. NULL with errno: no room for a temporary file. */
struct journal *journal_new(const struct names *names, FILE *csv);
struct journal *journal_free(struct journal *journal); /* accepts NULL, returns NULL */

/* Adds the entry of a leaf that could be parsed, in log order, after names learned the leaf; those that post nothing are passed over. */
void journal_add(struct journal *journal, const struct leaf *leaf);

/* Writes the journal, sorted by day; once, at the end. 0, or -1 with errno. */
int journal_put(struct journal *journal, const char *aud, int64_t size, FILE *out);

#endif
