/*
 * The log as everybody may read it: checkpoint and hash tiles, from a ledger's daemon (/log/...) or from a folder that holds
 * a copy of them (client/log_mirror.c). Nothing that it gives is verified but by what is said here.
 */
#ifndef CLIENT_PUBLIC_LOG_H
#define CLIENT_PUBLIC_LOG_H

#include "client/http.h"
#include "client/ledger.h"
#include "wire/note.h"
#include "wire/proof.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct public_log {
	struct http *http; /* NULL: folder */
	bool borrowed;	   /* the connection */
	bool elsewhere;	   /* not where ledger.json says */
	const char *folder;
	char error[640]; /* why something was not got, for people */
	bool stranger;	 /* ... what listens there has another key than the pinned ones */
	struct public_log_tile *tiles;
	size_t tile_count;
};

/* Where it is read: a folder, or the daemons of ledger without a client's certificate. ledger lives longer. */
void public_log_open(struct public_log *log, struct ledger *ledger, const char *folder);
void public_log_over(struct public_log *log, struct http *http); /* a connection that is open already and lives longer */
void public_log_close(struct public_log *log);

/* A file of it, "checkpoint", "keys" or a tile's path, malloc'd and NUL-terminated. 0; 1: it has no such file; -1 with error. */
int public_log_get(struct public_log *log, const char *name, char **ret_bytes, size_t *ret_length);

/* A checkpoint that is there, signed by a log key in force of ledger. Gives the note (NOTE_MAX bytes), size and root.
 * EXIT_OK, EXIT_UNKNOWN when it was not got, EXIT_UNVERIFIED; says nothing, the reason is in error. */
int public_log_checkpoint(struct public_log *log, const struct ledger *ledger, const char *name, char note[NOTE_MAX], uint64_t *ret_size,
			  unsigned char ret_root[TREE_HASH]);

/* Gives tiles for proofs (arg: the log), which are kept until public_log_forget(). NULL with error. */
const unsigned char *public_log_tile(void *arg, unsigned level, uint64_t index, unsigned width);
void public_log_forget(struct public_log *log);

/* That the tree of a size and root, whose tiles the log has, goes on from an earlier one. EXIT_OK with the proof; EXIT_UNKNOWN
 * with error when tiles are wanting; EXIT_UNVERIFIED with error and *ret_forked: another history is proven, not only this one not. */
struct public_log_point {
	uint64_t size;
	unsigned char root[TREE_HASH];
};
int public_log_consistent(struct public_log *log, const struct public_log_point *before, const struct public_log_point *now,
			  struct proof *ret, bool *ret_forked);

#endif
