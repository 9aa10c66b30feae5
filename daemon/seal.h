/*
 * Sealing: what a batch adds to the log. Leaves in their final bytes, the tree after them, the signed checkpoint.
 *
 * A seal starts from the tree as committed, takes the leaves of the batch's commands in order, and is written by
 * api.seal in the same transaction; only after COMMIT does seal_commit() make its tree the committed one.
 */
#ifndef DAEMON_SEAL_H
#define DAEMON_SEAL_H

#include "daemon/db.h"
#include "wire/key.h"
#include "wire/tree.h"

#include <jansson.h>
#include <stdint.h>

#define LEAF_MAX 16384
#define LEAF_VERSION 1

/* The log as of a commit. */
struct head {
	uint64_t size;
	unsigned char root[TREE_HASH];
};

struct seal;

/* key signs checkpoints; origin is the ledger's name. path (may be NULL) names the file that keeps the last checkpoint:
 * replaced by rename after each COMMIT and before its answers, so that it never is ahead of an honest database.
 * All are kept by reference. NULL with *ret_error (malloc'd) when the file is there and is not a checkpoint of this key. */
struct seal *seal_new(const struct key *key, const char *origin, const char *path, char **ret_error);
struct seal *seal_free(struct seal *seal);

/* Loads the committed tree from the rows of api.tree(). 0, or -1 when they do not give the checkpoint's root. */
int seal_load(struct seal *seal, const struct db_result *rows);
const struct head *seal_head(const struct seal *seal); /* as committed */
const char *seal_origin(const struct seal *seal);

/* Asks for the root at the size of the kept checkpoint; the answer goes to seal_is_kept(): whether this database is the one
 * whose commits this daemon has acknowledged, neither behind nor beside it. True when nothing is kept. */
#define SEAL_KEPT_STATEMENT { "root_at", "SELECT api.root_at($1)" }
void seal_ask_kept(const struct seal *seal, struct db *db, db_result_fn *fn, void *arg);
bool seal_is_kept(const struct seal *seal, const struct db_result *root);

void seal_begin(struct seal *seal);

/* What the leaves of one command have in common. */
struct seal_author {
	const char *op, *kid;
	const unsigned char *request_hash; /* 32 bytes */
	const char *recorded_at;
};

/* Adds the leaves of one command: members of body plus format version, author, request and, where no entry gave them,
 * kind (the operation) and recorded_at. Takes nothing over.
 * -1: first is not the place where its leaves come, or a leaf is longer than LEAF_MAX. */
int seal_add(struct seal *seal, json_t *leaves, uint64_t first, const struct seal_author *author);
size_t seal_count(const struct seal *seal);

/* Sends api.seal with all that was added, and nothing when nothing was. */
#define SEAL_STATEMENT { "seal", "SELECT api.seal($1, $2, $3, $4, $5, $6, $7, $8)" }
void seal_write(struct seal *seal, struct db *db, db_result_fn *fn, void *arg);
void seal_commit(struct seal *seal);

#endif
