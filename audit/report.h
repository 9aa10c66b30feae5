/*
 * What a bundle says beside its evidence - statements, journal.hledger, postings.csv, keys.json, keys/ - made again from the
 * leaves, to write it (client/bundle.c) or to compare it, to the byte (audit verify).
 */
#ifndef AUDIT_REPORT_H
#define AUDIT_REPORT_H

#include "audit/act.h"
#include "audit/finding.h"
#include "audit/replay.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

struct report;

/* To compare with the files in folder; manifest is its manifest's content, ledger that of the reader's ledger.json (NULL: none),
 * whose answers key counts when the log registers none. Both are borrowed. NULL with errno: no room for a temporary file. */
struct report *report_new(const char *folder, const json_t *manifest, const json_t *ledger);

/* To make the files: the rows of postings.csv go to csv at once. NULL as above. */
struct report *report_make(FILE *csv);
struct report *report_free(struct report *report); /* accepts NULL, returns NULL */

/* Takes over the next leaf of the log, or of the part of it that is there; one that could not be parsed is passed over. */
void report_leaf(struct report *report, const struct leaf *leaf);
struct observer report_observer(struct report *report); /* which does that for each leaf of an act */

/* After the last leaf: adds journal_differs, csv_differs, keys_differ, statement_differs and what else is wrong with these files. */
void report_check(struct report *report, struct findings *findings);

/* After the last leaf: writes. 0, or -1 with errno. */
int report_write_journal(struct report *report, const char *aud, int64_t size, FILE *out);
int report_write_keys(struct report *report, FILE *out);
void report_each_own_key(struct report *report, void (*fn)(void *arg, const char *use, const char *text), void *arg);
void report_each_pem(struct report *report, void (*fn)(void *arg, const char *kid, const char *pem), void *arg);

#endif
