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

SSL *tls_accept(struct tls *tls); /* a new SSL in accept state */
bool tls_is_h2(const SSL *ssl);   /* after the handshake */

/* After the handshake: the peer of a new connection, NULL if the client showed no P-256 key. */
struct peer *tls_join(struct tls *tls, const SSL *ssl);
void peer_leave(struct peer *peer); /* its connection has gone; accepts NULL */

void peer_hold(struct peer *peer);
void peer_release(struct peer *peer);

#endif
