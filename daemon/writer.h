/*
 * The write lane: one writer, group commit.
 *
 * One connection that holds the ledger's advisory lock. Commands that arrive while a commit is under way form the
 * next batch: BEGIN and one call of api.commands for all, pipelined; then their leaves are sealed, written, and the
 * transaction commits. While it commits, a command that added leaves may prepare() its answer. done() runs only when its outcome is
 * settled:
 *   WRITTEN   said or result is what api.commands returned (a refusal or a replay; a result), and it is committed
 *   FAILED    surely not posted; code says why (internal, disk_full)
 *   UNKNOWN   the connection was lost on the way: the same bytes must come again
 *   NOT_NOW   not taken: unavailable, not_writer or too_many_requests
 * After an unexpected error the batch is rolled back and run again one by one, so that only the culprit fails.
 */
#ifndef DAEMON_WRITER_H
#define DAEMON_WRITER_H

#include "daemon/seal.h"
#include "wire/jti.h"
#include "wire/jws.h"
#include "wire/op.h"

#include <event2/event.h>

enum command_outcome {
	COMMAND_WRITTEN,
	COMMAND_FAILED,
	COMMAND_UNKNOWN,
	COMMAND_NOT_NOW,
};

/* One signed command. The owner keeps it alive until done(). */
struct command {
	const struct op *op;
	const struct jws *jws;
	const char *kid;
	unsigned char jti[JTI_BYTES];
	int64_t iat, exp;
	const char *aside; /* JSON of opened personal values and proofs, NULL if there are none */
	unsigned lines;    /* weight in a batch */
	/* What it will be answered with is known, its leaves are sealed and stand before seal_pending(); COMMIT is not confirmed. It
	 * may take said and result over, and must tell nobody before done(). At most once; NULL: nobody wants to. */
	void (*prepare)(struct command *command);
	void (*done)(struct command *command, enum command_outcome outcome, const char *code);

	bool prepared; /* what prepare() was given is what was written */
	/* WRITTEN; owned by the owner from done() on, if prepare() has not taken it: */
	json_t *said;      /* a refusal or what else SQL said beside the result; may be NULL */
	char *result;      /* canonical JSON of the result, NULL with a refusal */
	uint64_t first;    /* its leaves, when it added any, */
	size_t leaf_count;
	struct sealed *sealed; /* among these; whoever needs it longer than done() holds it */

	bool alone;   /* the writer's: runs in a batch of its own */
	struct command *next;
};

struct writer;

struct writer_events {
	void (*ready)(void *arg);                     /* holds the lock, tree loaded */
	void (*waiting)(void *arg);                   /* another daemon holds the lock; the database is fit to be read */
	void (*down)(void *arg, const char *why);     /* connection lost; it tries again by itself */
	void (*unfit)(void *arg, const char *why);    /* this database must not be served; it stays down */
	/* The ledger's keys (see keys_rows(); taken over), before ready() and after each commit that changed them. 0, or -1 with
	 * *ret_why (malloc'd): unfit() follows. */
	int (*keys)(void *arg, json_t *rows, char **ret_why);
};

/* conninfo, seal, events and arg are kept by reference. queue_max bounds the commands that wait. */
struct writer *writer_new(struct event_base *base, const char *conninfo, struct seal *seal, unsigned queue_max,
			  const struct writer_events *events, void *arg);
struct writer *writer_free(struct writer *writer); /* done() is not called any more */

/* done() runs before this returns only for NOT_NOW. */
void writer_submit(struct writer *writer, struct command *command);

/* Whether it holds the lock and takes commands. */
bool writer_ready(const struct writer *writer);

#endif
