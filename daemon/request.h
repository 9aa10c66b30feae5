/*
 * A request from its arrival to its answer: one struct, named phases, one driver (request.c).
 *
 * read the bytes (on a thread: parse, verify, check) -> write lane or read lane -> sign the answer (on a thread; of a command that wrote
 * something while its COMMIT is under way) -> answer.
 * A request that could not be read is answered unsigned (400); everything later is signed, refusals too,
 * except 429 and 503, which a client takes as "not now" and "unknown".
 */
#ifndef DAEMON_REQUEST_H
#define DAEMON_REQUEST_H

#include "daemon/log.h"
#include "daemon/pool.h"
#include "daemon/reader.h"
#include "daemon/server.h"
#include "daemon/writer.h"

/* What all requests of a daemon share. */
struct service {
	struct pool *pool;
	struct writer *writer;
	struct reader *reader;
	struct log *log;
	const struct seal *seal;
	const struct keys *keys; /* nothing is answered before they are chosen */
	const char *aud;
	struct head head; /* the newest this daemon has seen */
	void (*keys_behind)(void *arg); /* a read has seen that the ledger's keys changed */
	void *arg;
	unsigned under_way;
};

/* The server's handler; arg is the service. Gives what is public to the log (log.h). */
void request_begin(void *service, struct exchange *exchange);

#endif
