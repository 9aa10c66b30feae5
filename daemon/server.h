/*
 * HTTP/2 over TLS 1.3 (ALPN h2 and nothing else) on libevent's events, OpenSSL and nghttp2. One event loop.
 *
 * Only this file, server.c, connection.c, session.c and tls.c see nghttp2 and OpenSSL's SSL. A request that has arrived whole
 * becomes an exchange and is given to the handler; the handler answers it once, now or later, with
 * exchange_answer(). Everything that can be refused before that (too large, too slow, too many, malformed, no
 * client certificate where one is needed) is refused here, unsigned.
 *
 * Limits (struct server_limits): connections in all and per key, streams per connection, stream resets per second,
 * handshake 5 s, request 15 s, idle connection 300 s, body 1 MiB; accept pauses at the cap. TCP_NODELAY everywhere.
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include "wire/key.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

struct server_limits {
	unsigned connections, connections_per_key, streams, resets_per_second;
	unsigned handshake_s, request_s, idle_s;
	size_t body;
};
/* What is asked for below this path needs no client certificate; bodies there are small. Connections without a certificate
 * are a quarter of all at most, and end when they ask for nothing during request_s. */
#define SERVER_PUBLIC "/log/"
#define SERVER_PUBLIC_BODY 8192

#define SERVER_LIMITS_DEFAULT \
	{ .connections = 2000, .connections_per_key = 64, .streams = 128, .resets_per_second = 100, .handshake_s = 5, .request_s = 15, .idle_s = 300, .body = 1 << 20 }

/* One request. Owned by the server; the handler may use it until it answers. */
struct exchange {
	const char *method;
	const char *path;  /* without query, NUL-terminated */
	const char *query; /* NULL if there is none; still percent-encoded */
	const unsigned char *body;
	size_t body_length;
	const struct key *peer; /* the client's key, shared by its connection, valid until the answer; NULL only below SERVER_PUBLIC */
	void *user;             /* the handler's */
};

/* Makes libevent's allocations abort when memory is out; before the first use of libevent. */
void server_memory_init(void);

struct server;

/* Called on the loop's thread for each whole request. */
typedef void server_handler(void *arg, struct exchange *exchange);

/* Listens on address ("127.0.0.1:7443", "[::1]:0"). key is the TLS key (P-256), certificate is made from it.
 * NULL with a message in *ret_error (malloc'd). */
struct server *server_new(struct event_base *base, const char *address, const struct key *key,
			  const struct server_limits *limits, server_handler *handler, void *arg, char **ret_error);

/* New connections show another key from now on. */
void server_set_key(struct server *server, const struct key *key);

/* "127.0.0.1:43211": where it listens; for port 0 the real one. */
const char *server_address(const struct server *server);

/* Stops accepting, sends GOAWAY, lets exchanges under way finish; done(arg) once no connection is left or after 5 s. */
void server_drain(struct server *server, void (*done)(void *), void *arg);
struct server *server_free(struct server *server);

struct answer {
	int status;
	const char *content_type;
	const char *cache_control; /* NULL: no such header */
	const void *body; /* copied */
	size_t length;
	unsigned retry_after_s; /* 0: no Retry-After header */
	bool close;             /* GOAWAY after this answer */
};

/* Answers and gives the exchange back; it must not be used afterwards. If the client has gone the answer is dropped. */
void exchange_answer(struct exchange *exchange, const struct answer *answer);

#endif
