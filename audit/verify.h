/*
 * The audit of a bundle, offline: its files, its log, every leaf and signed request, and what it says beside them.
 */
#ifndef AUDIT_VERIFY_H
#define AUDIT_VERIFY_H

#include "audit/finding.h"
#include "audit/trust.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What was looked at. notes are what the reader should know and is no finding: {"code", "value"?}, see docs/auditing.md. */
struct summary {
	char aud[NOTE_VERIFIER];
	uint64_t size, from; /* leaves of the log; how many of them an earlier audit had verified */
	unsigned char root[TREE_HASH];
	bool partial;
	int64_t leaves, requests, entries, withheld, rows;
	json_t *notes;
};

void summary_note(struct summary *summary, const char *code, const char *value);
void summary_clear(struct summary *summary);

/* {"audit", "aud", "log", "from", "leaves", "requests", "entries", "holds", "findings", "withheld", "notes"}; new reference. */
json_t *summary_json(const struct summary *summary, const char *audit, const struct findings *findings);

/* How many threads in all: as asked, 0: one a processor. */
unsigned verify_threads(unsigned asked);

/* Called now and then from the thread that audits. */
typedef void progress_fn(void *arg, int64_t done, int64_t all);

struct verify {
	const char *folder;
	const char *previous;    /* note of an earlier checkpoint; NULL: the bundle's own, if it has one */
	const struct trust *trust; /* no keys: the bundle's own log.vkey */
	const json_t *ledger;    /* content of ledger.json, NULL: not known */
	unsigned threads;        /* in all; 0: one a processor */
	progress_fn *progress;
	void *progress_arg;
};

/* Fills findings and summary. 0, or -1 with *ret_error (malloc'd) when this machine could not do it. */
int verify_bundle(const struct verify *verify, struct findings *findings, struct summary *summary, char **ret_error);

#endif
