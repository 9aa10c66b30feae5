#include "daemon/tls.h"

#include "wire/base.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#define PEER_BUCKETS 1024
#define CLIENT_CERTIFICATE_MAX 8192 /* bytes of the certificate list */
#define SESSIONS_MAX 2000 /* that can be resumed; the oldest goes first */
#define SESSION_LIFE_S 3600
#define READ_AHEAD (32 * 1024) /* bytes */

LIST_HEAD(peer_list, peer);

struct tls {
	SSL_CTX *context;
	struct peer_list peers[PEER_BUCKETS]; /* by kid */
};

static const unsigned char protocols[] = { 2, 'h', '2' };

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
			   unsigned in_length, void *arg)
{
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_length, protocols, sizeof(protocols), in, in_length) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* No chain is built or judged: the handshake's signature is the proof, and the ledger knows the keys. */
static int accept_certificate(X509_STORE_CTX *store, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

static bool context_use_key(SSL_CTX *context, const struct key *key)
{
	X509 *certificate = key_certificate(key, "lovebankd");
	bool ok = SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key->pkey) == 1;

	X509_free(certificate);
	return ok;
}

/* P-256 only for clients also keeps them from making the loop verify expensive signatures. AES-128 comes first
 * because it is the fastest. */
static bool context_set_algorithms(SSL_CTX *context)
{
	SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
	return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
	       SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1 &&
	       SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1 &&
	       SSL_CTX_set1_client_sigalgs_list(context, "ECDSA+SHA256") == 1;
}

/* One ticket a handshake, good for one of the sessions that are kept here: a ticket that carried its session would have the
 * client's certificate decoded anew whenever it is made and used, which OpenSSL 3.0 takes longer for than for the handshake's
 * signatures. The session has the client's certificate; the ledger checks the key on every request, so that a resumed session
 * gives a revoked key nothing. A client that just goes may resume as well: HTTP/2 knows by itself what was cut off. */
static bool context_set_resumption(SSL_CTX *context)
{
	static const unsigned char name[] = "lovebankd";

	SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
	SSL_CTX_sess_set_cache_size(context, SESSIONS_MAX);
	SSL_CTX_set_timeout(context, SESSION_LIFE_S);
	return SSL_CTX_set_num_tickets(context, 1) == 1 &&
	       SSL_CTX_set_session_id_context(context, name, sizeof(name) - 1) == 1;
}

static SSL_CTX *context_new(const struct key *key)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context == NULL || !context_set_algorithms(context) || !context_set_resumption(context) || !context_use_key(context, key))
		BUG("the TLS context cannot be made");
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, accept_certificate, NULL);
	SSL_CTX_set_max_cert_list(context, CLIENT_CERTIFICATE_MAX);
	/* One read takes all records that are there; a connection that is quiet holds no buffers. */
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_default_read_buffer_len(context, READ_AHEAD);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return context;
}

struct tls *tls_new(const struct key *key)
{
	struct tls *tls = xcalloc(1, sizeof(*tls));

	tls->context = context_new(key);
	return tls;
}

void tls_use(struct tls *tls, const struct key *key)
{
	SSL_CTX_free(tls->context); /* its connections keep it */
	tls->context = context_new(key);
}

struct tls *tls_free(struct tls *tls)
{
	if (tls == NULL)
		return NULL;
	SSL_CTX_free(tls->context);
	free(tls);
	return NULL;
}

SSL *tls_accept(struct tls *tls, int fd)
{
	SSL *ssl = SSL_new(tls->context);

	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1)
		BUG("no SSL can be made");
	SSL_set_accept_state(ssl);
	return ssl;
}

/* Of a call that did not succeed: 0 if it may later, -1 if the connection is at its end. What an earlier failure left in the
 * thread's queue of errors would be taken for one of this call: it is cleared before each. */
static int outcome(SSL *ssl, int result)
{
	int error = SSL_get_error(ssl, result);

	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

int tls_handshake(SSL *ssl)
{
	int result;

	ERR_clear_error();
	result = SSL_do_handshake(ssl);
	return result == 1 ? 1 : outcome(ssl, result);
}

ssize_t tls_read(SSL *ssl, void *buffer, size_t room)
{
	int length;

	ERR_clear_error();
	length = SSL_read(ssl, buffer, (int)room);
	return length > 0 ? length : outcome(ssl, length);
}

ssize_t tls_write(SSL *ssl, const void *bytes, size_t length)
{
	int done;

	ERR_clear_error();
	done = SSL_write(ssl, bytes, (int)length);
	return done > 0 ? done : outcome(ssl, done);
}

void tls_close(SSL *ssl)
{
	ERR_clear_error();
	SSL_shutdown(ssl);
}

/* OpenSSL forgets the session of a connection that was not closed by both. */
void tls_end(SSL *ssl)
{
	SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(ssl);
}

bool tls_is_h2(const SSL *ssl)
{
	const unsigned char *name;
	unsigned length;

	SSL_get0_alpn_selected(ssl, &name, &length);
	return length == 2 && memcmp(name, "h2", 2) == 0;
}

static struct key *client_key(const SSL *ssl)
{
	X509 *certificate = SSL_get1_peer_certificate(ssl);
	struct key *key = certificate != NULL ? key_from_certificate(certificate) : NULL;

	X509_free(certificate);
	ERR_clear_error();
	return key;
}

/* A kid is a hash already. */
static struct peer_list *bucket_of(struct tls *tls, const char *kid)
{
	unsigned hash = 0;

	for (int i = 0; i < 8; i++)
		hash = hash * 31 + (unsigned char)kid[i];
	return &tls->peers[hash % PEER_BUCKETS];
}

/* Takes key over. */
static struct peer *peer_find_or_add(struct tls *tls, struct key *key)
{
	struct peer_list *bucket = bucket_of(tls, key->kid);
	struct peer *peer;

	LIST_FOREACH(peer, bucket, link)
		if (strcmp(peer->key->kid, key->kid) == 0) {
			key_free(key);
			return peer;
		}
	peer = xcalloc(1, sizeof(*peer));
	peer->key = key;
	LIST_INSERT_HEAD(bucket, peer, link);
	return peer;
}

struct peer *tls_join(struct tls *tls, const SSL *ssl)
{
	struct key *key = client_key(ssl);
	struct peer *peer;

	if (key == NULL)
		return NULL;
	peer = peer_find_or_add(tls, key);
	peer->connections++;
	peer_hold(peer);
	return peer;
}

void peer_leave(struct peer *peer)
{
	if (peer == NULL)
		return;
	if (--peer->connections == 0)
		LIST_REMOVE(peer, link);
	peer_release(peer);
}

void peer_hold(struct peer *peer)
{
	peer->holds++;
}

void peer_release(struct peer *peer)
{
	if (--peer->holds > 0)
		return;
	key_free(peer->key);
	free(peer);
}
