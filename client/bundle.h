/*
 * A bundle for auditors: a folder with a ledger's, or one fund's, signed evidence and what follows from it. docs/bundle.md says
 * what is in it. Here: the folder while it is made. Everything that came over the network is checked before it is kept.
 */
#ifndef CLIENT_BUNDLE_H
#define CLIENT_BUNDLE_H

#include "audit/report.h"
#include "client/client.h"
#include "wire/note.h"
#include "wire/proof.h"
#include "wire/tree.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct bundle {
	struct client *client;
	const char *out, *fund, *from, *to; /* fund NULL: the whole ledger; from NULL: all days */
	char *folder; /* OUT.partial until it is done */
	char **files; /* names written so far, relative to folder */
	size_t file_count;
	struct report *report;
	FILE *csv;

	char note[NOTE_MAX];      /* the checkpoint */
	int64_t size;             /* of the log at it */
	unsigned char root[TREE_HASH];
	int64_t stated;           /* largest size of the log that a statement speaks of */
	json_t *previous;         /* {"size", "root"} or NULL */
	FILE *commands;           /* struct bundle_leaf of each leaf, in order: what their requests are compared with */
	int64_t leaves, requests, withheld;
};

/* What is remembered of a leaf until its request comes. */
struct bundle_leaf {
	int64_t index;
	unsigned char request[32]; /* SHA-256 of the signed request that it names */
};

/* bundle_file.c: a new file of the bundle, with its folders; NULL after saying why. And its end: EXIT_OK, or EXIT_LOCAL after
 * saying why. */
FILE *bundle_create(struct bundle *bundle, const char *name);
int bundle_close(const char *name, FILE *file);
int bundle_write(struct bundle *bundle, const char *name, const void *bytes, size_t length);
bool bundle_has(const struct bundle *bundle, const char *name);
int bundle_sums(struct bundle *bundle);    /* SHA256SUMS of all of them */
void bundle_discard(struct bundle *bundle); /* removes what was written */

/* What follows gives EXIT_OK, or the exit code after saying why. */

/* bundle_log.c: checkpoint, tiles, the earlier bundle's checkpoint and the proof that this log continues it. */
int bundle_checkpoint(struct bundle *bundle);
int bundle_tile(struct bundle *bundle, unsigned level, uint64_t index); /* from the public log, unless it is there already */
int bundle_edge(struct bundle *bundle);                                 /* the last tile of each level */
int bundle_root(struct bundle *bundle);                                 /* the tiles give the signed root */
int bundle_previous(struct bundle *bundle, const char *path);
const unsigned char *bundle_tile_hashes(void *arg, unsigned level, uint64_t index, unsigned width); /* a proof_tile_fn; arg: the bundle */

/* bundle_pages.c: statements, leaves, requests. */
int bundle_statements(struct bundle *bundle);
int bundle_leaves(struct bundle *bundle);
int bundle_requests(struct bundle *bundle);

void bundle_progress(const char *what, int64_t done, int64_t of); /* on a terminal */

#endif
