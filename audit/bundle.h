/*
 * An evidence bundle: a folder whose files are listed in its SHA256SUMS; docs/auditing.md describes them. Files as large as
 * the ledger are mapped.
 */
#ifndef AUDIT_BUNDLE_H
#define AUDIT_BUNDLE_H

#include "audit/engine.h"
#include "audit/finding.h"
#include "audit/pool.h"
#include "wire/note.h"
#include "wire/proof.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file's bytes, read-only; an empty file has bytes "". */
struct mapped {
	const char *bytes; /* NULL: there is no such file */
	size_t length;
};

int map_file(const char *folder, const char *name, struct mapped *ret); /* 0, or -1 with errno */
void map_release(struct mapped *mapped);                                /* accepts what was never mapped */

/* A small file's text, malloc'd; NULL if it is missing or longer than 1 MiB. */
char *read_text(const char *folder, const char *name);

struct bundle {
	const char *folder; /* not owned */
	json_t *manifest;
	char *checkpoint, *previous; /* notes; NULL: none */
	uint64_t size, previous_size; /* of them */
	unsigned char root[TREE_HASH], previous_root[TREE_HASH];
	char origin[NOTE_VERIFIER];
	bool partial;
	int64_t from; /* index of the first leaf, 0 of a bundle */
	struct mapped leaves, requests;
	unsigned char tile[TREE_TILE_WIDTH][TREE_HASH]; /* the last that was asked for */
	int64_t leaf_count, request_count;              /* lines, by bundle_acts() */
};

/* Opens the folder: manifest, checkpoint, leaves and requests. What cannot be read is a finding; 0, or -1 when there is too
 * little to go on (the findings say what). */
int bundle_open(struct bundle *bundle, const char *folder, struct findings *findings);
void bundle_release(struct bundle *bundle);

/* Every file that SHA256SUMS lists is there and has that SHA-256, and there is no other. */
void bundle_check_sums(const struct bundle *bundle, struct pool *pool, struct findings *findings);

/* Whether the manifest is that of the checkpoint and of the lines that were read. */
void bundle_check_manifest(const struct bundle *bundle, int64_t withheld, struct findings *findings);

/* Tiles as files, for struct tiles; arg is the bundle. */
const unsigned char *bundle_read_tile(void *arg, unsigned level, uint64_t index, unsigned width);

/* Gives the acts of leaves.tsv and requests.tsv to the engine, in order. progress (may be NULL) hears how far it has come. */
struct reading {
	struct engine *engine;
	struct findings *findings;
	void (*progress)(void *arg, int64_t done, int64_t all);
	void *progress_arg;
};
void bundle_acts(struct bundle *bundle, const struct reading *reading);

#endif
