/*
 * One client's connection: its socket, TLS over it, and the session in that.
 *
 * OpenSSL works on the socket itself. What TLS has not taken is written again when the socket has room; until then nothing is
 * taken from the session, and once enough answers wait there nothing is read either: a client that does not read its answers is
 * not read. Answers of one turn of the loop leave together, in records as large as TLS allows.
 */
#ifndef DAEMON_CONNECTION_H
#define DAEMON_CONNECTION_H

#include "daemon/session.h"
#include "daemon/tls.h"

#include <event2/event.h>
#include <stdbool.h>
#include <sys/queue.h>

struct connection;

/* All of a server's, and what they have in common. */
struct connections {
	struct event_base *base;
	struct tls *tls;
	struct session_common common;
	TAILQ_HEAD(connection_list, connection) list;
	unsigned count, anonymous;
	bool leaving; /* the server drains: new sessions are told so */
	void (*left)(void *arg); /* one has gone */
	void *arg;
};

void connection_new(struct connections *all, evutil_socket_t fd); /* takes fd over; not blocking */
void connections_check(struct connections *all);                  /* once a second: time limits */
void connections_leave(struct connections *all); /* those under way finish, handshakes end */
void connections_free(struct connections *all);  /* each of them at once */

#endif
