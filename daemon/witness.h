/*
 * Witnesses: others who watch that the log only grows, and cosign its checkpoints (C2SP tlog-cosignature).
 *
 * The file that the option `witnesses` names holds their verifier keys, one a line; '#' begins a comment line. Cosignatures
 * are gathered in memory for the newest checkpoints that got any; the newest that has as many as `witnesses_required` (one at
 * least) is kept in state_dir/witnessed, on the disk before it is served, and survives a restart.
 */
#ifndef DAEMON_WITNESS_H
#define DAEMON_WITNESS_H

#include "daemon/config.h"
#include "daemon/pool.h"
#include "wire/note.h"
#include "wire/tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WITNESSES_MAX 16

struct witnesses;

/* NULL with *ret_error (malloc'd): the file cannot be read or has something else in it, or names fewer than are required.
 * Without the option there are none. pool may be NULL where nothing is gathered. */
struct witnesses *witnesses_new(const struct config *config, struct pool *pool, char **ret_error);
struct witnesses *witnesses_free(struct witnesses *witnesses); /* the pool has been freed; accepts NULL, returns NULL */

/* The lines on a note that are a configured witness's and good. found[i] says whether lines[i] is there. Any thread. */
struct cosigned {
	bool found[WITNESSES_MAX];
	unsigned char lines[WITNESSES_MAX][NOTE_COSIGNATURE];
};
unsigned witnesses_check(const struct witnesses *witnesses, const char *note, struct cosigned *ret);

/* Gathers good lines for a checkpoint of this log; note is its text with the log's own lines. The number of those that are new;
 * 0 also when the checkpoint is older than all that are gathered. */
unsigned witnesses_gather(struct witnesses *witnesses, uint64_t size, const char *note, const struct cosigned *cosigned);

/* The witnessed checkpoint with its lines, NULL if there is none; and its size, 0 if there is none. */
const char *witnesses_note(const struct witnesses *witnesses);
uint64_t witnesses_size(const struct witnesses *witnesses);
size_t witnesses_count(const struct witnesses *witnesses); /* how many are configured */

#endif
