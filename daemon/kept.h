/*
 * The last checkpoint that this daemon acknowledged, kept in its state directory, so that it does not serve a database that
 * is behind it or beside it (restored from an old backup, changed by hand, robbed of commits by a failover).
 *
 * Two files. "checkpoint" is written over after each COMMIT and before its answers, and is not synced: a loss of
 * power may leave the one before, or an empty or torn one. "checkpoint.synced" follows at most some seconds behind, written
 * to the disk before it gets its name. The newer of those that can be read counts.
 * Neither can be ahead of an honest database: they are written only after PostgreSQL has said that the commit is durable,
 * and the database, not they, is what a crash at any moment leaves ahead.
 */
#ifndef DAEMON_KEPT_H
#define DAEMON_KEPT_H

#include "daemon/db.h"
#include "daemon/keys.h"
#include "daemon/pool.h"
#include "wire/tree.h"

#include <stdbool.h>
#include <stdint.h>

struct kept;

/* Reads the files. pool makes the synced copies; all arguments are kept by reference. NULL with *ret_error (malloc'd) when
 * a file is a whole checkpoint but none of this ledger's, or when the synced one is damaged and the other is no help. */
struct kept *kept_new(struct event_base *base, struct pool *pool, const struct keys *keys, const char *state_dir, const char *origin,
		      char **ret_error);

/* Writes the synced copy, if it is behind. The pool has been freed. Accepts NULL, returns NULL. */
struct kept *kept_free(struct kept *kept);

/* Keeps a checkpoint that was committed; note is its signed text. */
void kept_write(struct kept *kept, uint64_t size, const unsigned char root[TREE_HASH], const char *note);

/* Asks for the root at the size of the kept checkpoint; the answer goes to kept_is_there(): whether this database is the one
 * whose commits were acknowledged. True when nothing is kept. kept may be NULL in both. */
#define KEPT_STATEMENT { "root_at", "SELECT api.root_at($1)" }
void kept_ask(const struct kept *kept, struct db *db, db_result_fn *fn, void *arg);
bool kept_is_there(const struct kept *kept, const struct db_result *root);

#endif
