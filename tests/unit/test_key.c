#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/key.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* RFC 7515 appendix A.3. */
#define A3_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define A3_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define A3_SIGNED                                                                                                      \
	"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0" \
	"cnVlfQ"
#define A3_SIGNATURE "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

static struct key *from_coordinates(const char *x, const char *y)
{
	json_t *jwk = json_pack("{s:s, s:s, s:s, s:s}", "kty", "EC", "crv", "P-256", "x", x, "y", y);
	struct key *key = key_from_jwk(jwk);

	json_decref(jwk);
	return key;
}

static void the_vector_of_rfc_7515_verifies(void **state)
{
	struct key *key = from_coordinates(A3_X, A3_Y);
	unsigned char signature[ES256_SIGNATURE];

	(void)state;
	assert_non_null(key);
	assert_int_equal(base64url_decode(A3_SIGNATURE, strlen(A3_SIGNATURE), signature, sizeof(signature)), 64);
	assert_int_equal(key_verify(key, A3_SIGNED, strlen(A3_SIGNED), signature), 0);
	signature[40] ^= 1;
	assert_int_equal(key_verify(key, A3_SIGNED, strlen(A3_SIGNED), signature), -1);
	key_free(key);
}

/* The key and the thumbprint of RFC 9449 (DPoP), section 6.1. */
static void the_kid_is_the_thumbprint_of_rfc_7638(void **state)
{
	struct key *key = from_coordinates("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
					   "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA");

	(void)state;
	assert_non_null(key);
	assert_string_equal(key->kid, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
	key_free(key);
}

static void a_signature_fits_its_bytes_and_its_key_only(void **state)
{
	struct key *key = key_new_p256(), *other = key_new_p256();
	unsigned char signature[ES256_SIGNATURE], altered[ES256_SIGNATURE];

	(void)state;
	for (int i = 0; i < 300; i++) { /* often enough to meet r and s with leading zeros */
		key_sign(key, &i, sizeof(i), signature);
		assert_int_equal(key_verify(key, &i, sizeof(i), signature), 0);
	}
	key_sign(key, "hello", 5, signature);
	assert_int_equal(key_verify(key, "hellp", 5, signature), -1);
	assert_int_equal(key_verify(key, "hell", 4, signature), -1);
	assert_int_equal(key_verify(other, "hello", 5, signature), -1);
	for (size_t i = 0; i < sizeof(signature); i++) {
		memcpy(altered, signature, sizeof(altered));
		altered[i] ^= 0x80;
		assert_int_equal(key_verify(key, "hello", 5, altered), -1);
	}
	assert_int_equal(ERR_peek_error(), 0);
	key_free(key);
	key_free(other);
}

static void zero_and_huge_signatures_are_refused(void **state)
{
	struct key *key = key_new_p256();
	unsigned char signature[ES256_SIGNATURE] = {0};

	(void)state;
	assert_int_equal(key_verify(key, "hello", 5, signature), -1);
	signature[31] = signature[63] = 1;
	assert_int_equal(key_verify(key, "hello", 5, signature), -1);
	memset(signature, 0xff, sizeof(signature));
	assert_int_equal(key_verify(key, "hello", 5, signature), -1);
	key_free(key);
}

static void *verify_often(void *arg)
{
	unsigned char signature[ES256_SIGNATURE];
	struct key *key = arg;
	intptr_t failures = 0;

	for (int i = 0; i < 200; i++) {
		key_sign(key, &i, sizeof(i), signature);
		failures += key_verify(key, &i, sizeof(i), signature) != 0;
	}
	return (void *)failures;
}

static void one_key_works_on_several_threads(void **state)
{
	struct key *key = from_coordinates(A3_X, A3_Y), *own = key_new_p256();
	pthread_t threads[4];
	void *failures;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, verify_often, own), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &failures), 0);
		assert_null(failures);
	}
	key_free(key);
	key_free(own);
}

static void a_jwk_comes_back(void **state)
{
	struct key *key = key_new_p256(), *again;
	json_t *jwk = key_jwk(key);
	unsigned char signature[ES256_SIGNATURE];

	(void)state;
	again = key_from_jwk(jwk);
	assert_non_null(again);
	assert_string_equal(again->kid, key->kid);
	key_sign(key, "hello", 5, signature);
	assert_int_equal(key_verify(again, "hello", 5, signature), 0);
	json_decref(jwk);
	key_free(key);
	key_free(again);
}

static void what_is_no_p256_jwk_is_refused(void **state)
{
	static const char *const bad[] = {
		"{}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" A3_X "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" A3_X "\",\"y\":\"" A3_Y "\"}",
		"{\"kty\":\"RSA\",\"crv\":\"P-256\",\"x\":\"" A3_X "\",\"y\":\"" A3_Y "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" A3_X "\",\"y\":\"" A3_Y "\",\"use\":\"sig\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" A3_X "\",\"y\":1}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" A3_X "\",\"y\":\"" A3_X "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" A3_X "=\",\"y\":\"" A3_Y "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *jwk = json_loads(bad[i], 0, NULL);

		assert_non_null(jwk);
		if (key_from_jwk(jwk))
			fail_msg("%s was taken", bad[i]);
		json_decref(jwk);
	}
	assert_int_equal(ERR_peek_error(), 0);
}

struct directory {
	char path[32], file[64];
};

static void make_directory(struct directory *directory)
{
	strcpy(directory->path, "/tmp/key.XXXXXX");
	assert_non_null(mkdtemp(directory->path));
	snprintf(directory->file, sizeof(directory->file), "%s/key.pem", directory->path);
}

static void remove_directory(const struct directory *directory)
{
	unlink(directory->file);
	rmdir(directory->path);
}

static void a_key_file_is_private_and_never_replaced(void **state)
{
	struct directory directory;
	struct key *key = key_new_p256(), *again;
	struct stat status;

	(void)state;
	make_directory(&directory);
	umask(0);
	assert_int_equal(key_write(key, directory.file), 0);
	assert_int_equal(stat(directory.file, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(key_write(key, directory.file), -1);
	assert_int_equal(errno, EEXIST);
	again = key_read(directory.file);
	assert_non_null(again);
	assert_string_equal(again->kid, key->kid);
	remove_directory(&directory);
	key_free(key);
	key_free(again);
}

static void an_ed25519_key_comes_back_without_kid(void **state)
{
	struct directory directory;
	struct key *key = key_new_ed25519(), *again;

	(void)state;
	make_directory(&directory);
	assert_int_equal(key_write(key, directory.file), 0);
	again = key_read(directory.file);
	assert_non_null(again);
	assert_string_equal(again->kid, "");
	assert_int_equal(EVP_PKEY_eq(key->pkey, again->pkey), 1);
	remove_directory(&directory);
	key_free(key);
	key_free(again);
}

static void files_that_hold_no_such_key_are_refused(void **state)
{
	EVP_PKEY *p384 = EVP_EC_gen("P-384");
	struct directory directory;
	FILE *file;

	(void)state;
	make_directory(&directory);
	assert_null(key_read(directory.file));
	assert_int_equal(errno, ENOENT);
	file = fopen(directory.file, "w");
	fputs("hello\n", file);
	fclose(file);
	assert_null(key_read(directory.file));
	assert_int_equal(errno, EINVAL);
	file = fopen(directory.file, "w");
	assert_int_equal(PEM_write_PrivateKey(file, p384, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
	assert_null(key_read(directory.file));
	assert_int_equal(errno, EINVAL);
	file = fopen(directory.file, "w");
	assert_int_equal(PEM_write_PKCS8PrivateKey(file, p384, EVP_aes_128_cbc(), "secret", 6, NULL, NULL), 1);
	fclose(file);
	assert_null(key_read(directory.file));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(ERR_peek_error(), 0);
	remove_directory(&directory);
	EVP_PKEY_free(p384);
}

static void a_certificate_carries_the_key_and_signs_itself(void **state)
{
	struct key *key = key_new_p256(), *again, *ed25519 = key_new_ed25519();
	X509 *first = key_certificate(key, "county"), *second = key_certificate(key, "county");
	X509 *foreign = X509_new();
	char name[80];

	(void)state;
	again = key_from_certificate(first);
	assert_non_null(again);
	assert_string_equal(again->kid, key->kid);
	assert_int_equal(X509_verify(first, key->pkey), 1);
	assert_int_equal(X509_get_version(first), X509_VERSION_3);
	assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(first), X509_get0_serialNumber(second)), 0);
	assert_int_equal(X509_cmp_current_time(X509_get0_notBefore(first)), -1);
	assert_int_equal(X509_cmp_current_time(X509_get0_notAfter(first)), 1);
	assert_true(X509_NAME_get_text_by_NID(X509_get_subject_name(first), NID_commonName, name, sizeof(name)) > 0);
	assert_string_equal(name, "county");
	assert_int_equal(X509_set_pubkey(foreign, ed25519->pkey), 1);
	assert_null(key_from_certificate(foreign));
	X509_free(first);
	X509_free(second);
	X509_free(foreign);
	key_free(key);
	key_free(again);
	key_free(ed25519);
}

static void a_long_common_name_is_cut(void **state)
{
	struct key *key = key_new_p256();
	char name[201] = "", text[80];
	X509 *certificate;

	(void)state;
	memset(name, 'a', 200);
	certificate = key_certificate(key, name);
	assert_int_equal(
		X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text, sizeof(text)), 64);
	X509_free(certificate);
	name[0] = '\0';
	for (int i = 0; i < 30; i++)
		strcat(name, "爱");
	X509_free(key_certificate(key, name));
	key_free(key);
}

/* Made with: openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64 */
static void the_pin_is_curls(void **state)
{
	struct key *key = from_coordinates(A3_X, A3_Y);
	char pin[KEY_PIN_MAX];

	(void)state;
	key_pin(key, pin);
	assert_string_equal(pin, "sha256//K9G7DESol8MKeqCZHN442AYv5EHeUNoPRoJTRPYC6Cc=");
	key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vector_of_rfc_7515_verifies),
		cmocka_unit_test(the_kid_is_the_thumbprint_of_rfc_7638),
		cmocka_unit_test(a_signature_fits_its_bytes_and_its_key_only),
		cmocka_unit_test(zero_and_huge_signatures_are_refused),
		cmocka_unit_test(one_key_works_on_several_threads),
		cmocka_unit_test(a_jwk_comes_back),
		cmocka_unit_test(what_is_no_p256_jwk_is_refused),
		cmocka_unit_test(a_key_file_is_private_and_never_replaced),
		cmocka_unit_test(an_ed25519_key_comes_back_without_kid),
		cmocka_unit_test(files_that_hold_no_such_key_are_refused),
		cmocka_unit_test(a_certificate_carries_the_key_and_signs_itself),
		cmocka_unit_test(a_long_common_name_is_cut),
		cmocka_unit_test(the_pin_is_curls),
	};

	base_init();
	return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
