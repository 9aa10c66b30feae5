/*
 * One HTTP/2 connection's session: bytes in, whole requests to the handler, answers to bytes out. Knows nothing of
 * sockets or TLS.
 *
 * A request is refused here, unsigned, when it is too large, when the server holds too much already, or when the
 * whole session is refused (too many connections), or it has no client key and asks for what needs one. A client that is too slow, resets too often or
 * idles is sent GOAWAY and the session ends.
 */
#ifndef DAEMON_SESSION_H
#define DAEMON_SESSION_H

#include "daemon/server.h"
#include "daemon/tls.h"

#include <nghttp2/nghttp2.h>
#include <sys/types.h>

/* What all sessions of a server have in common. */
struct session_common {
	struct server_limits limits;
	server_handler *handler;
	void *arg;
	unsigned now; /* seconds, counted by the server's timer: all time limits here are in these */
	size_t held;  /* bytes of request bodies in memory */
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;
};

void session_common_init(struct session_common *common);
void session_common_clear(struct session_common *common);

struct session;

/* The session has something to send: called again and again until session_take() gives 0. Must not call the session. */
typedef void session_wake(void *arg);

/* refusal is the problem's code that every request gets, NULL if the session is served. Without a peer only what is below
 * SERVER_PUBLIC is. */
struct session *session_new(struct session_common *common, struct peer *peer, const char *refusal, session_wake *wake,
			    void *arg);

/* Exchanges under way live on until they are answered. */
struct session *session_free(struct session *session);

/* 0, or -1: the client broke the protocol so badly that the connection must be cut. */
int session_read(struct session *session, const unsigned char *bytes, size_t length);

/* The next bytes to send, valid until the next call: their number, 0 if there are none now, negative as above. */
ssize_t session_take(struct session *session, const unsigned char **ret_bytes);

size_t session_unsent(const struct session *session); /* bytes of answers that session_take() has not given yet */

void session_go_away(struct session *session); /* finishes what is under way, takes nothing new */
void session_check(struct session *session);   /* once a second: time limits */
bool session_is_over(const struct session *session); /* nothing more will be read */
bool session_is_done(const struct session *session); /* and nothing more will be written */

#endif
