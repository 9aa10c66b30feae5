#include "tests/bench/load_party.h"

#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/jws.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The whole protected header, which says algorithm, key and kind: comparing it checks all three. */
static char *protected_of(const struct key *key, const char *typ)
{
	_cleanup_free_ char *header = xasprintf("{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"%s\"}", key->kid, typ);
	char *text = xmalloc(BASE64URL_LENGTH(strlen(header)) + 1);

	base64url_encode(header, strlen(header), text);
	return text;
}

static const char *member(const json_t *object, const char *name, const char *path)
{
	const char *text = json_string_value(json_object_get(object, name));

	if (!text)
		fail("%s lacks %s", path, name);
	return text;
}

static void ledger_read(struct ledger *ledger, const char *home)
{
	_cleanup_free_ char *path = xasprintf("%s/ledger.json", home);
	json_error_t error;

	ledger->document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!ledger->document)
		fail("%s: %s", path, error.text);
	ledger->aud = member(ledger->document, "aud", path);
	ledger->log = member(ledger->document, "log", path);
	ledger->address = member(json_array_get(json_object_get(ledger->document, "daemons"), 0), "address", path);
	ledger->answers = key_from_jwk(json_object_get(ledger->document, "answers"));
	if (!ledger->answers)
		fail("%s has no answers key", path);
	if (strncmp(ledger->log, ledger->aud, strlen(ledger->aud)) != 0 || ledger->log[strlen(ledger->aud)] != '+')
		fail("%s: its log key is another ledger's", path);
	ledger->protected = protected_of(ledger->answers, JWS_RESPONSE);
}

static void party_read(struct party *party, const char *home)
{
	_cleanup_free_ char *path = xasprintf("%s/key.pem", home);

	party->key = key_read(path);
	if (!party->key || !*party->key->kid)
		fail("%s: %s", path, party->key ? "not a P-256 key" : strerror(errno));
	party->protected = protected_of(party->key, JWS_REQUEST);
	party->context = party_context(party->key);
	ledger_read(&party->ledger, home);
}

struct party *parties_read(const struct list *homes)
{
	struct party *parties = xcalloc(homes->count, sizeof(*parties));

	for (size_t i = 0; i < homes->count; i++)
		party_read(&parties[i], homes->at[i]);
	return parties;
}

bool party_pins(const struct party *party, const struct key *tls)
{
	const json_t *daemon = json_array_get(json_object_get(party->ledger.document, "daemons"), 0);
	const json_t *pin = json_object_get(daemon, "tls"), *more = json_object_get(daemon, "tls_more");
	char shown[KEY_PIN_MAX];

	key_pin(tls, shown);
	for (size_t i = 0; pin; pin = json_array_get(more, i++))
		if (json_is_string(pin) && strcmp(json_string_value(pin), shown) == 0)
			return true;
	return false;
}

/* No chain is judged: the pin says whose key it is, and TLS 1.3 checks the handshake's signature whatever is judged. */
SSL_CTX *party_context(const struct key *key)
{
	static const unsigned char protocols[] = { 2, 'h', '2' };
	X509 *certificate = key_certificate(key, "load");
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 || SSL_CTX_use_certificate(context, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey(context, key->pkey) != 1 || SSL_CTX_set_alpn_protos(context, protocols, sizeof(protocols)) != 0)
		BUG("the TLS context cannot be made");
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_default_read_buffer_len(context, 65536); /* several records in one read */
	X509_free(certificate);
	return context;
}
