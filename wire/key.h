/*
 * Keys: P-256 for people, answers, TLS and jobs (ES256, RFC 7518 section 3.4); Ed25519 for the log's checkpoints.
 * A key's name is its RFC 7638 thumbprint, base64url of SHA-256: the kid.
 * Private keys are PKCS#8 PEM files with mode 0600.
 */
#ifndef WIRE_KEY_H
#define WIRE_KEY_H

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>

#define KID_LENGTH 43 /* without the NUL */
#define ES256_SIGNATURE 64 /* bytes: r || s */

struct key {
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *signer; /* of a private P-256 key: begun, copied for each signature; otherwise NULL */
	char kid[KID_LENGTH + 1]; /* empty for Ed25519 */
};

/* New private keys. Abort on failure of the library. */
struct key *key_new_p256(void);
struct key *key_new_ed25519(void);

/* NULL with errno (file) or EINVAL (not such a key). key_write refuses to replace a file (EEXIST). */
struct key *key_read(const char *path);
int key_write(const struct key *key, const char *path);

/* Public P-256 key from its JWK {"kty":"EC","crv":"P-256","x":..,"y":..} (no other members), or of a certificate. NULL if it is none. */
struct key *key_from_jwk(const json_t *jwk);
struct key *key_from_certificate(X509 *certificate);
json_t *key_jwk(const struct key *key); /* new reference */

/* Self-signed certificate, CN = common_name, valid 1970..9999; a new object. */
X509 *key_certificate(const struct key *key, const char *common_name);

/* "sha256//..." as curl pins a public key: base64 of SHA-256 of the SPKI. buffer has KEY_PIN_MAX bytes. */
#define KEY_PIN_MAX 64
void key_pin(const struct key *key, char *buffer);

/* ES256 over bytes. sign aborts on failure; verify gives 0 or -1. Safe on any thread. A key that is verified with often gets a
 * table (wire/key_cache.h) and is three times faster then; verify_plain is always the library's own check, a yardstick. */
void key_sign(const struct key *key, const void *bytes, size_t length, unsigned char signature[ES256_SIGNATURE]);
int key_verify(const struct key *key, const void *bytes, size_t length, const unsigned char signature[ES256_SIGNATURE]);
int key_verify_plain(const struct key *key, const void *bytes, size_t length,
		     const unsigned char signature[ES256_SIGNATURE]);

struct key *key_free(struct key *key); /* accepts NULL, returns NULL */

#endif
