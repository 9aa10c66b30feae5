/*
 * TLS 1.3 for the server: its context, and who the other end is.
 *
 * ALPN is h2 and nothing else. Any client certificate is taken: the handshake proves that the client holds its key,
 * and the key alone says who it is. A peer is that key, shared by its connections and their exchanges.
 */
#ifndef DAEMON_TLS_H
#define DAEMON_TLS_H

#include "wire/key.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

struct peer {
	LIST_ENTRY(peer) link; /* while connections > 0 */
	struct key *key;
	unsigned connections;
	unsigned holds; /* connections and exchanges under way */
};

struct tls;

/* key is the server's key (P-256); its certificate is made here. */
struct tls *tls_new(const struct key *key);
void tls_use(struct tls *tls, const struct key *key); /* new connections show this key; those that are open go on */
struct tls *tls_free(struct tls *tls); /* peers that are still held live on */

#define TLS_RECORD_MAX 16384 /* bytes in one record */

SSL *tls_accept(struct tls *tls, int fd); /* a new SSL in accept state on a socket that does not block */

/* These give 0 when the socket has nothing or has no room (SSL_want_write() tells which) and the same must be called again, and
 * -1 when the connection is at its end, in good order or not. */
int tls_handshake(SSL *ssl); /* 1: done */
ssize_t tls_read(SSL *ssl, void *buffer, size_t room);
ssize_t tls_write(SSL *ssl, const void *bytes, size_t length); /* again: with the same bytes, which may have moved, and perhaps more */

void tls_close(SSL *ssl);       /* tells the other end that nothing more comes */
void tls_end(SSL *ssl);         /* frees it */
bool tls_is_h2(const SSL *ssl); /* after the handshake */

/* After the handshake: the peer of a new connection, NULL if the client showed no P-256 key. */
struct peer *tls_join(struct tls *tls, const SSL *ssl);
void peer_leave(struct peer *peer); /* its connection has gone; accepts NULL */

void peer_hold(struct peer *peer);
void peer_release(struct peer *peer);

#endif
