/*
 * A connection to the daemon: HTTP/2 over TLS 1.3, the daemon's key pinned, a client certificate of the party's key. Requests are queued by
 * connection_ask() and go out together when connection_flush() is called: as few TLS records and system calls as there can be.
 */
#ifndef BENCH_LOAD_CONNECTION_H
#define BENCH_LOAD_CONNECTION_H

#include "tests/bench/load_party.h"

/* One request and its answer. The caller owns it and fills in what is asked; it stays where it is until it is answered. */
struct request {
	const struct party *party; /* set by connection_ask() */
	struct bytes path, body;   /* body empty: GET */
	unsigned char hash[32];    /* what the answer must name */
	size_t sent;
	int status; /* of HTTP; 0: the stream ended without an answer */
	struct bytes reply;
};

struct connection;

/* Called within connection_read(); may ask again. */
typedef void answered_fn(struct request *request);

/* Waits for the handshake. NULL with *ret_reason, static text, when the daemon does not let it in; ends the program when another key than the
 * pinned one is shown. */
struct connection *connection_open(const struct party *party, answered_fn *answered, const char **ret_reason);
struct connection *connection_free(struct connection *connection); /* NULL */

int connection_fd(const struct connection *connection);
const struct party *connection_party(const struct connection *connection);

void connection_ask(struct connection *connection, struct request *request);

/* Whatever can be sent or read without waiting. 0, or -1 when the connection is broken or the daemon leaves it. */
int connection_flush(struct connection *connection);
int connection_read(struct connection *connection);

#endif
