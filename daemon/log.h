/*
 * The public log: what anybody may read without a key, unsigned because it proves itself. Paths as C2SP tlog-tiles has them:
 *   GET /log/checkpoint, /log/witnessed, /log/tile/<L>/<N>[.p/<W>], /log/keys; POST /log/cosignature
 * Everything else is 404. Goes through the read lane, so that a daemon that waits serves it too; signatures, proofs and
 * parsing are done on the pool. At most LOG_WAITING_MAX are under way, so that strangers do not push out those with a key.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include "daemon/keys.h"
#include "daemon/pool.h"
#include "daemon/reader.h"
#include "daemon/server.h"
#include "daemon/witness.h"
#include "daemon/writer.h"

#define LOG_WAITING_MAX 64

struct log;

/* All are kept by reference. */
struct log *log_new(struct reader *reader, const struct writer *writer, struct pool *pool, const struct keys *keys,
		    struct witnesses *witnesses, const char *origin);
struct log *log_free(struct log *log); /* the reader and the pool have been freed; accepts NULL, returns NULL */

/* Takes an exchange whose path is below SERVER_PUBLIC, and answers it. */
void log_take(struct log *log, struct exchange *exchange);

#endif
