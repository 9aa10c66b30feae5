/*
 * load handshake: the price of TLS alone. Client and server in one process, without a socket, with the daemon's settings (daemon/tls.c) and
 * P-256 keys at both ends; --resume: by the ticket of a first handshake, as a client that comes back does.
 */
#include "tests/bench/load.h"
#include "tests/bench/load_party.h"
#include "wire/base.h"

#include <openssl/err.h>

static int accept_certificate(X509_STORE_CTX *store, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

static SSL_CTX *server_context(const struct key *key)
{
	static const unsigned char name[] = "load";
	X509 *certificate = key_certificate(key, "load");
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!context || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 || SSL_CTX_use_certificate(context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey(context, key->pkey) != 1 || SSL_CTX_set1_groups_list(context, "X25519:P-256") != 1 ||
	    SSL_CTX_set1_client_sigalgs_list(context, "ECDSA+SHA256") != 1 || SSL_CTX_set_num_tickets(context, 1) != 1 ||
	    SSL_CTX_set_session_id_context(context, name, sizeof(name) - 1) != 1)
		BUG("the TLS context cannot be made");
	SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, accept_certificate, NULL);
	X509_free(certificate);
	return context;
}

/* One step of a side; whether its handshake is over. */
static bool step(SSL *ssl)
{
	int done = SSL_do_handshake(ssl);

	if (done != 1 && SSL_get_error(ssl, done) != SSL_ERROR_WANT_READ)
		fail("a handshake failed: %s", ERR_error_string(ERR_get_error(), NULL));
	return done == 1;
}

/* A whole handshake; whether it was a resumed one. The ticket goes to *ret_ticket unless that is NULL. */
static bool shake_hands(SSL_CTX *client_context, SSL_CTX *server_of, SSL_SESSION *ticket, SSL_SESSION **ret_ticket)
{
	SSL *client = SSL_new(client_context), *server = SSL_new(server_of);
	BIO *client_end, *server_end;
	bool resumed, client_done = false, server_done = false;
	char byte;

	if (!client || !server || BIO_new_bio_pair(&client_end, 0, &server_end, 0) != 1)
		BUG("no SSL can be made");
	SSL_set_bio(client, client_end, client_end);
	SSL_set_bio(server, server_end, server_end);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	if (ticket)
		SSL_set_session(client, ticket);
	while (!client_done || !server_done) {
		client_done = client_done || step(client);
		server_done = server_done || step(server);
	}
	resumed = SSL_session_reused(server);
	SSL_read(client, &byte, 1); /* takes the ticket; there is nothing else */
	if (ret_ticket)
		*ret_ticket = SSL_get1_session(client);
	SSL_set_quiet_shutdown(client, 1);
	SSL_shutdown(client); /* otherwise the ticket is spent */
	SSL_free(client);
	SSL_free(server);
	return resumed;
}

void load_handshake(const struct options *options, struct report *report)
{
	struct key *client_key = key_new_p256(), *server_key = key_new_p256();
	SSL_CTX *client = party_context(client_key), *server = server_context(server_key);
	SSL_SESSION *ticket = NULL;
	double start = now();

	if (options->resume)
		shake_hands(client, server, NULL, &ticket);
	while (now() - start < options->seconds && (!options->count || report->done < options->count)) {
		if (shake_hands(client, server, ticket, NULL))
			report->resumed++;
		else
			report->handshakes++;
		report->done++;
	}
	report->seconds = now() - start;
	SSL_SESSION_free(ticket);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
	key_free(client_key);
	key_free(server_key);
}
