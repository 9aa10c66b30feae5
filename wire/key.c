#include "wire/key.h"

#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/key_cache.h"
#include "wire/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COORDINATE 32 /* bytes of P-256's x and y, r and s */
#define COORDINATE_TEXT BASE64URL_LENGTH(COORDINATE)
#define DER_SIGNATURE_MAX 72

/* The library cannot fail here for any input: out of memory has aborted already. */
static void must(bool done, const char *what)
{
	if (!done)
		BUG("OpenSSL failed to %s", what);
}

static bool is_p256(const EVP_PKEY *pkey)
{
	char group[32];
	size_t length;

	return EVP_PKEY_is_a(pkey, "EC") && EVP_PKEY_get_group_name(pkey, group, sizeof(group), &length) &&
	       !strcmp(group, SN_X9_62_prime256v1);
}

static void coordinate(const struct key *key, const char *param, char text[COORDINATE_TEXT + 1])
{
	unsigned char bytes[COORDINATE];
	BIGNUM *number = NULL;

	must(EVP_PKEY_get_bn_param(key->pkey, param, &number) &&
		     BN_bn2binpad(number, bytes, COORDINATE) == COORDINATE,
	     "read a public key");
	BN_free(number);
	base64url_encode(bytes, COORDINATE, text);
}

static void set_kid(struct key *key)
{
	char x[COORDINATE_TEXT + 1], y[COORDINATE_TEXT + 1];
	_cleanup_free_ char *text = NULL;
	unsigned char hash[SHA256_BYTES];

	coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, x);
	coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, y);
	text = xasprintf("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}", x, y);
	sha256(text, strlen(text), hash);
	base64url_encode(hash, sizeof(hash), key->kid);
}

/* ECDSA over a SHA-256 hash, set up for signing or verifying. */
static EVP_PKEY_CTX *ecdsa(EVP_PKEY *pkey, int (*init)(EVP_PKEY_CTX *))
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

	must(context && init(context) > 0, "begin ES256");
	return context;
}

/* Takes pkey over; NULL if it is neither P-256 nor Ed25519. */
static struct key *key_of(EVP_PKEY *pkey)
{
	struct key *key;

	if (!pkey || (!is_p256(pkey) && !EVP_PKEY_is_a(pkey, "ED25519"))) {
		EVP_PKEY_free(pkey);
		ERR_clear_error();
		return NULL;
	}
	key = xcalloc(1, sizeof(*key));
	key->pkey = pkey;
	if (!EVP_PKEY_is_a(pkey, "ED25519"))
		set_kid(key);
	return key;
}

/* The same for a private key, which signs: what an ES256 signature begins with is made once. */
static struct key *private_key_of(EVP_PKEY *pkey)
{
	struct key *key = key_of(pkey);

	if (key && *key->kid)
		key->signer = ecdsa(pkey, EVP_PKEY_sign_init);
	return key;
}

struct key *key_new_p256(void)
{
	struct key *key = private_key_of(EVP_EC_gen(SN_X9_62_prime256v1));

	must(key, "make a P-256 key");
	return key;
}

struct key *key_new_ed25519(void)
{
	struct key *key = key_of(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));

	must(key, "make an Ed25519 key");
	return key;
}

/* Without it OpenSSL would ask at the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *arg)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

struct key *key_read(const char *path)
{
	FILE *file = fopen(path, "re");
	struct key *key;

	if (!file)
		return NULL;
	key = private_key_of(PEM_read_PrivateKey(file, NULL, no_passphrase, NULL));
	fclose(file);
	if (!key)
		errno = EINVAL;
	return key;
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			text += written;
			length -= (size_t)written;
		}
	}
	return fsync(fd);
}

static int write_new_file(const char *path, const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int error;

	if (fd < 0)
		return -1;
	error = write_all(fd, text, length) < 0 ? errno : 0;
	if (close(fd) < 0 && !error)
		error = errno;
	if (!error)
		return 0;
	unlink(path);
	errno = error;
	return -1;
}

int key_write(const struct key *key, const char *path)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text;
	long length;
	int result;

	must(bio && PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL), "write a key");
	length = BIO_get_mem_data(bio, &text);
	result = write_new_file(path, text, (size_t)length);
	BIO_free(bio);
	return result;
}

static EVP_PKEY *public_pkey(const unsigned char *point, size_t length)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char[]){SN_X9_62_prime256v1}, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point, length),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *pkey = NULL;

	must(context && EVP_PKEY_fromdata_init(context) > 0, "begin a public key");
	if (EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		pkey = NULL; /* not on the curve */
	EVP_PKEY_CTX_free(context);
	return pkey;
}

struct key *key_from_jwk(const json_t *jwk)
{
	unsigned char point[1 + 2 * COORDINATE] = {POINT_CONVERSION_UNCOMPRESSED};
	const char *kty, *crv, *x, *y;
	size_t x_length, y_length;

	if (json_unpack_ex((json_t *)jwk, NULL, JSON_STRICT, "{s:s, s:s, s:s%, s:s%}", "kty", &kty, "crv", &crv, "x", &x,
			   &x_length, "y", &y, &y_length) < 0)
		return NULL;
	if (strcmp(kty, "EC") != 0 || strcmp(crv, "P-256") != 0 ||
	    base64url_decode(x, x_length, point + 1, COORDINATE) != COORDINATE ||
	    base64url_decode(y, y_length, point + 1 + COORDINATE, COORDINATE) != COORDINATE)
		return NULL;
	return key_of(public_pkey(point, sizeof(point)));
}

struct key *key_from_certificate(X509 *certificate)
{
	struct key *key = key_of(X509_get_pubkey(certificate));

	return key && !*key->kid ? key_free(key) : key;
}

json_t *key_jwk(const struct key *key)
{
	char x[COORDINATE_TEXT + 1], y[COORDINATE_TEXT + 1];

	coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, x);
	coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, y);
	return json_pack("{s:s, s:s, s:s, s:s}", "kty", "EC", "crv", "P-256", "x", x, "y", y);
}

/* Positive and 20 bytes at most, as RFC 5280 section 4.1.2.2 wants it. */
static void set_serial(X509 *certificate)
{
	unsigned char bytes[20];
	BIGNUM *number;

	must(RAND_bytes(bytes, sizeof(bytes)) == 1, "draw a serial number");
	bytes[0] = (bytes[0] & 0x7f) | 0x40;
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	must(number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)), "set a serial number");
	BN_free(number);
}

/* A common name has 64 characters at most; what is longer is cut. */
static int name_length(const char *name)
{
	int length = (int)strnlen(name, ub_common_name + 1);

	if (length > ub_common_name)
		for (length = ub_common_name; length > 0 && (name[length] & 0xc0) == 0x80;)
			length--;
	return length;
}

X509 *key_certificate(const struct key *key, const char *common_name)
{
	X509 *certificate = X509_new();
	X509_NAME *name;

	must(certificate && X509_set_version(certificate, X509_VERSION_3), "begin a certificate");
	set_serial(certificate);
	name = X509_get_subject_name(certificate);
	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
					name_length(common_name), -1, 0) &&
		     X509_set_issuer_name(certificate, name),
	     "name a certificate");
	must(ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "19700101000000Z") &&
		     ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "99991231235959Z"),
	     "date a certificate");
	must(X509_set_pubkey(certificate, key->pkey) && X509_sign(certificate, key->pkey, EVP_sha256()) > 0,
	     "sign a certificate");
	return certificate;
}

void key_pin(const struct key *key, char *buffer)
{
	unsigned char hash[SHA256_BYTES], *der = NULL;
	int length = i2d_PUBKEY(key->pkey, &der);
	int used = snprintf(buffer, KEY_PIN_MAX, "sha256//");

	must(length > 0, "encode a public key");
	sha256(der, (size_t)length, hash);
	OPENSSL_free(der);
	EVP_EncodeBlock((unsigned char *)buffer + used, hash, sizeof(hash));
}

void key_sign(const struct key *key, const void *bytes, size_t length, unsigned char signature[ES256_SIGNATURE])
{
	unsigned char hash[SHA256_BYTES], der[DER_SIGNATURE_MAX];
	const unsigned char *at = der;
	size_t der_length = sizeof(der);
	EVP_PKEY_CTX *context;
	ECDSA_SIG *pair;

	if (!key->signer)
		BUG("ES256 without a private P-256 key");
	context = EVP_PKEY_CTX_dup(key->signer); /* one for each thread that signs */
	sha256(bytes, length, hash);
	must(context && EVP_PKEY_sign(context, der, &der_length, hash, sizeof(hash)) > 0, "sign");
	pair = d2i_ECDSA_SIG(NULL, &at, (long)der_length);
	must(pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, COORDINATE) == COORDINATE &&
		     BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + COORDINATE, COORDINATE) == COORDINATE,
	     "split a signature");
	ECDSA_SIG_free(pair);
	EVP_PKEY_CTX_free(context);
}

static size_t signature_der(const unsigned char signature[ES256_SIGNATURE], unsigned char der[DER_SIGNATURE_MAX])
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(signature, COORDINATE, NULL), *s = BN_bin2bn(signature + COORDINATE, COORDINATE, NULL);
	int length;

	must(pair && r && s && ECDSA_SIG_set0(pair, r, s), "join a signature");
	length = i2d_ECDSA_SIG(pair, &der);
	must(length > 0 && length <= DER_SIGNATURE_MAX, "encode a signature");
	ECDSA_SIG_free(pair);
	return (size_t)length;
}

/* The library's own check. */
static int verify_hash(const struct key *key, const unsigned char hash[SHA256_BYTES],
		       const unsigned char signature[ES256_SIGNATURE])
{
	unsigned char der[DER_SIGNATURE_MAX];
	size_t der_length = signature_der(signature, der);
	EVP_PKEY_CTX *context = ecdsa(key->pkey, EVP_PKEY_verify_init);
	int verified = EVP_PKEY_verify(context, der, der_length, hash, SHA256_BYTES);

	EVP_PKEY_CTX_free(context);
	if (verified == 1)
		return 0;
	ERR_clear_error(); /* what is left in the queue would be taken for a fault of the next TLS call */
	return -1;
}

/* A table says what is good; what is not, only the library says. */
static int verify_often(const struct key *key, const unsigned char hash[SHA256_BYTES],
			const unsigned char signature[ES256_SIGNATURE])
{
	struct key_table *table = key_cache_find(key->kid);
	bool has_table = table != NULL;
	bool good = has_table && key_table_check(table, hash, signature);

	key_table_free(table);
	if (good)
		return 0;
	if (verify_hash(key, hash, signature) < 0)
		return -1;
	if (!has_table)
		key_cache_count(key->kid, key->pkey);
	return 0;
}

int key_verify(const struct key *key, const void *bytes, size_t length, const unsigned char signature[ES256_SIGNATURE])
{
	unsigned char hash[SHA256_BYTES];

	if (!*key->kid)
		BUG("ES256 with an Ed25519 key");
	sha256(bytes, length, hash);
	return verify_often(key, hash, signature);
}

int key_verify_plain(const struct key *key, const void *bytes, size_t length,
		     const unsigned char signature[ES256_SIGNATURE])
{
	unsigned char hash[SHA256_BYTES];

	sha256(bytes, length, hash);
	return verify_hash(key, hash, signature);
}

struct key *key_free(struct key *key)
{
	if (key) {
		EVP_PKEY_CTX_free(key->signer);
		EVP_PKEY_free(key->pkey);
	}
	free(key);
	return NULL;
}
