/*
 * Sealing: what a batch adds to the log. Leaves in their final bytes, the tree after them, the signed checkpoint.
 *
 * A seal starts from the tree as committed, takes the leaves of the batch's commands in order, and is written by
 * api.seal in the same transaction; only after COMMIT does seal_commit() make its tree the committed one.
 */
#ifndef DAEMON_SEAL_H
#define DAEMON_SEAL_H

#include "daemon/db.h"
#include "daemon/kept.h"
#include "daemon/keys.h"
#include "daemon/receipt.h"
#include "wire/tree.h"

#include <jansson.h>
#include <stdint.h>

#define LEAF_MAX 16384

/* The log as of a commit. */
struct head {
	uint64_t size;
	unsigned char root[TREE_HASH];
	uint64_t keys; /* of the ledger: registered and ended so far */
};

struct seal;

/* The log keys that are chosen at the time sign checkpoints. kept (may be NULL) keeps the last checkpoint after each COMMIT
 * and before its answers. origin is the ledger's name. All are kept by reference. */
struct seal *seal_new(const struct keys *keys, const char *origin, struct kept *kept);
struct seal *seal_free(struct seal *seal);

/* Loads the committed tree from the rows of api.tree(). 0, or -1 when they do not give the checkpoint's root. */
int seal_load(struct seal *seal, const struct db_result *rows);
struct head seal_head(const struct seal *seal);    /* as committed */
struct head seal_pending(const struct seal *seal); /* as it will be when what seal_write() sent is committed */
const char *seal_origin(const struct seal *seal);
struct kept *seal_kept(const struct seal *seal);

void seal_begin(struct seal *seal);

/* What the leaves of one command have in common. */
struct seal_author {
	const char *op, *kid;
	const unsigned char *request_hash; /* 32 bytes */
	const char *recorded_at;           /* not needed with lines */
	const char *result;                /* canonical JSON of what the command is answered with */
	uint64_t first;                    /* index of its first leaf */
};

/* Adds the leaves of one command: members of body plus format version, author, request and, where no entry gave them,
 * kind (the operation) and recorded_at; the first has the result's hash too. Takes nothing over.
 * -1: first is not the place where its leaves come, or a leaf is longer than LEAF_MAX. */
int seal_add(struct seal *seal, json_t *leaves, const struct seal_author *author);

/* The same with leaves that are text, a line each (leaf_lines.h). How many they are, or the same -1, also for lines that are none. */
int seal_add_lines(struct seal *seal, const char *lines, size_t length, const struct seal_author *author);
size_t seal_count(const struct seal *seal);

/* Sends api.seal with all that was added; there must be something. */
#define SEAL_STATEMENT { "seal", "SELECT api.seal($1, $2, $3, $4, $5, $6, $7, $8, $9)" }
void seal_write(struct seal *seal, struct db *db, db_result_fn *fn, void *arg);
void seal_commit(struct seal *seal);

/* What was added since the last seal_begin(): whoever needs it longer than the next one holds it. */
struct sealed *seal_last(const struct seal *seal);

/* Keeps the checkpoint of what was committed last, before it is answered. */
void seal_keep(const struct seal *seal, const struct sealed *sealed);

#endif
