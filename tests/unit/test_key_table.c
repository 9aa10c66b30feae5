#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/inverse.h"
#include "wire/key.h"
#include "wire/key_cache.h"
#include "wire/key_table.h"
#include "wire/sha256.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define VECTORS SOURCEDIR "/tests/unit/data/wycheproof_p256.txt"
#define COORDINATE 32

#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define PRIME "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"

static size_t from_hex(const char *hex, unsigned char *bytes)
{
	size_t length = strlen(hex) / 2;
	unsigned byte;

	for (size_t i = 0; i < length; i++) {
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		bytes[i] = (unsigned char)byte;
	}
	return length;
}

static struct key *key_of_hex(const char *hex)
{
	unsigned char point[2 * COORDINATE];
	char x[BASE64URL_LENGTH(COORDINATE) + 1], y[BASE64URL_LENGTH(COORDINATE) + 1];
	struct key *key;
	json_t *jwk;

	assert_int_equal(from_hex(hex, point), sizeof(point));
	base64url_encode(point, COORDINATE, x);
	base64url_encode(point + COORDINATE, COORDINATE, y);
	jwk = json_pack("{s:s, s:s, s:s, s:s}", "kty", "EC", "crv", "P-256", "x", x, "y", y);
	key = key_from_jwk(jwk);
	assert_non_null(key);
	json_decref(jwk);
	return key;
}

static bool table_says(const struct key_table *table, const void *bytes, size_t length, const unsigned char *signature)
{
	unsigned char hash[SHA256_BYTES];
	bool good;

	sha256(bytes, length, hash);
	good = key_table_check(table, hash, signature);
	assert_int_equal(ERR_peek_error(), 0);
	return good;
}

/* A number near an edge, as r or s. */
static void edge(const char *base, int difference, unsigned char bytes[COORDINATE])
{
	BIGNUM *number = NULL;

	BN_hex2bn(&number, base);
	if (difference < 0)
		BN_sub_word(number, (BN_ULONG)-difference);
	else
		BN_add_word(number, (BN_ULONG)difference);
	assert_int_equal(BN_bn2binpad(number, bytes, COORDINATE), COORDINATE);
	BN_free(number);
}

static const BIGNUM *order(void)
{
	static BIGNUM *number;

	if (!number)
		BN_hex2bn(&number, ORDER);
	return number;
}

static void assert_inverse(const BIGNUM *number, BN_CTX *context)
{
	unsigned char bytes[INVERSE_BYTES], inverse[INVERSE_BYTES], expected[INVERSE_BYTES];
	BIGNUM *library = BN_mod_inverse(NULL, number, order(), context);

	assert_non_null(library);
	BN_bn2binpad(library, expected, INVERSE_BYTES);
	BN_bn2binpad(number, bytes, INVERSE_BYTES);
	assert_true(inverse_modulo_order(bytes, inverse));
	assert_memory_equal(inverse, expected, INVERSE_BYTES);
	BN_free(library);
}

static void the_inverse_is_the_librarys(void **state)
{
	BN_CTX *context = BN_CTX_new();
	BIGNUM *number = BN_new();

	(void)state;
	for (unsigned i = 1; i < 1000; i++) {
		BN_set_word(number, i);
		assert_inverse(number, context);
		BN_sub(number, order(), number);
		assert_inverse(number, context);
	}
	for (int bit = 0; bit < 256; bit++) { /* a one and zeros, ones only, and around it */
		BN_zero(number);
		BN_set_bit(number, bit);
		assert_inverse(number, context);
		BN_add_word(number, 1);
		assert_inverse(number, context);
		BN_sub_word(number, 2);
		if (!BN_is_zero(number))
			assert_inverse(number, context);
	}
	for (int i = 0; i < 10000; i++) {
		BN_rand(number, 1 + i % 256, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
		BN_mod(number, number, order(), context);
		if (!BN_is_zero(number))
			assert_inverse(number, context);
	}
	BN_free(number);
	BN_CTX_free(context);
}

static void what_has_no_inverse_is_refused(void **state)
{
	unsigned char number[INVERSE_BYTES] = {0}, inverse[INVERSE_BYTES];

	(void)state;
	assert_false(inverse_modulo_order(number, inverse));
	edge(ORDER, 0, number);
	assert_false(inverse_modulo_order(number, inverse));
	edge(ORDER, 1, number);
	assert_false(inverse_modulo_order(number, inverse));
	memset(number, 0xff, sizeof(number));
	assert_false(inverse_modulo_order(number, inverse));
}

struct vector {
	char kind[8], message[64], signature[2 * ES256_SIGNATURE + 1];
	int number;
};

static void assert_vector(const struct vector *vector, const struct key *key, const struct key_table *table)
{
	unsigned char message[32], signature[ES256_SIGNATURE];
	size_t length = vector->message[0] == '-' ? 0 : from_hex(vector->message, message);
	bool valid = strcmp(vector->kind, "valid") == 0;

	assert_int_equal(from_hex(vector->signature, signature), sizeof(signature));
	if (table_says(table, message, length, signature) != valid)
		fail_msg("the table is wrong about test %d", vector->number);
	if ((key_verify_plain(key, message, length, signature) == 0) != valid)
		fail_msg("the library is wrong about test %d", vector->number);
	if ((key_verify(key, message, length, signature) == 0) != valid)
		fail_msg("key_verify() is wrong about test %d", vector->number);
}

static void the_vectors_of_wycheproof_hold(void **state)
{
	FILE *file = fopen(VECTORS, "r");
	char line[512], hex[4 * COORDINATE + 1];
	struct vector vector;
	struct key_table *table = NULL;
	struct key *key = NULL;
	int count = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "key %128[0-9a-f]", hex) == 1) {
			key_table_free(table);
			key_free(key);
			key = key_of_hex(hex);
			table = key_table_new(key->pkey);
			assert_non_null(table);
		} else if (line[0] != '#') {
			assert_int_equal(sscanf(line, "%7s %d %63s %128[0-9a-f]", vector.kind, &vector.number, vector.message,
						vector.signature), 4);
			assert_vector(&vector, key, table);
			count++;
		}
	assert_int_equal(count, 145);
	fclose(file);
	key_table_free(table);
	key_free(key);
}

static void numbers_at_and_beyond_the_edges_are_refused(void **state)
{
	static const struct { const char *base; int difference; } edges[] = {
		{"0", 0}, {"0", 1}, {ORDER, -1}, {ORDER, 0}, {ORDER, 1}, {PRIME, -1}, {PRIME, 0}, {PRIME, 1},
	};
	size_t count = sizeof(edges) / sizeof(*edges);
	struct key *key = key_new_p256();
	struct key_table *table = key_table_new(key->pkey);
	unsigned char good[ES256_SIGNATURE], bad[ES256_SIGNATURE];

	(void)state;
	key_sign(key, "hello", 5, good);
	for (size_t i = 0; i < count * count; i++) {
		edge(edges[i / count].base, edges[i / count].difference, bad);
		edge(edges[i % count].base, edges[i % count].difference, bad + COORDINATE);
		assert_false(table_says(table, "hello", 5, bad));
		memcpy(bad, good, COORDINATE); /* r is good, s is not */
		assert_false(table_says(table, "hello", 5, bad));
		edge(edges[i / count].base, edges[i / count].difference, bad);
		memcpy(bad + COORDINATE, good + COORDINATE, COORDINATE);
		assert_false(table_says(table, "hello", 5, bad));
	}
	assert_true(table_says(table, "hello", 5, good));
	key_table_free(table);
	key_free(key);
}

/* For s this gives the other good signature. */
static void negate(unsigned char bytes[COORDINATE])
{
	BIGNUM *number = BN_bin2bn(bytes, COORDINATE, NULL);

	BN_sub(number, order(), number);
	BN_bn2binpad(number, bytes, COORDINATE);
	BN_free(number);
}

static void flip(unsigned char *bytes, size_t length)
{
	unsigned at;

	RAND_bytes((unsigned char *)&at, sizeof(at));
	at %= (unsigned)length * 8;
	bytes[at / 8] ^= (unsigned char)(1 << at % 8);
}

static void alter(int how, unsigned char message[8], unsigned char signature[ES256_SIGNATURE])
{
	unsigned char r[COORDINATE];

	memcpy(r, signature, COORDINATE);
	if (how == 1)
		negate(signature + COORDINATE);
	else if (how == 2)
		flip(signature, ES256_SIGNATURE);
	else if (how == 3)
		flip(message, 8);
	else if (how == 4)
		negate(signature);
	else if (how == 5)
		memcpy(signature, signature + COORDINATE, COORDINATE);
	else if (how == 6)
		memcpy(signature + COORDINATE, r, COORDINATE);
	else if (how == 7)
		RAND_bytes(signature, ES256_SIGNATURE);
}

static void table_and_library_agree(void **state)
{
	unsigned char message[8], signature[ES256_SIGNATURE];

	(void)state;
	for (int k = 0; k < 4; k++) {
		struct key *key = key_new_p256();
		struct key_table *table = key_table_new(key->pkey);

		assert_non_null(table);
		for (int i = 0; i < 1000; i++) {
			bool says;

			RAND_bytes(message, sizeof(message));
			key_sign(key, message, sizeof(message), signature);
			alter(i % 8, message, signature);
			says = table_says(table, message, sizeof(message), signature);
			assert_int_equal(says, key_verify_plain(key, message, sizeof(message), signature) == 0);
			assert_int_equal(says, i % 8 < 2);
		}
		key_table_free(table);
		key_free(key);
	}
}

/* So many good checks that the key has its table. */
static void check_often(const struct key *key, const void *bytes, size_t length, const unsigned char *signature)
{
	key_cache_wait(); /* one table is made at a time: another's would keep this key waiting for its next check */
	for (int i = 0; i < KEY_CACHE_OFTEN; i++)
		assert_int_equal(key_verify(key, bytes, length, signature), 0);
	key_cache_wait();
}

static bool has_table(const struct key *key)
{
	struct key_table *table;

	key_cache_wait();
	table = key_cache_find(key->kid);
	key_table_free(table);
	return table != NULL;
}

/* RFC 6979 appendix A.2.5, with SHA-256. */
static void the_vectors_of_rfc_6979_hold(void **state)
{
	static const struct { const char *message, *signature; } vectors[] = {
		{"sample", "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
			   "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
		{"test", "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
			 "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"},
	};
	struct key *key = key_of_hex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
				     "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
	unsigned char signature[ES256_SIGNATURE];

	(void)state;
	for (int i = 0; i < 2; i++) {
		from_hex(vectors[i].signature, signature);
		check_often(key, vectors[i].message, strlen(vectors[i].message), signature);
		assert_true(has_table(key));
		assert_int_equal(key_verify(key, vectors[1 - i].message, strlen(vectors[1 - i].message), signature), -1);
		signature[63] ^= 1;
		assert_int_equal(key_verify(key, vectors[i].message, strlen(vectors[i].message), signature), -1);
	}
	key_free(key);
}

static void only_good_signatures_earn_a_table_and_all_of_the_key_share_it(void **state)
{
	struct key *key = key_new_p256(), *again;
	unsigned char good[ES256_SIGNATURE], bad[ES256_SIGNATURE];
	json_t *jwk = key_jwk(key);

	(void)state;
	again = key_from_jwk(jwk);
	key_sign(key, "hello", 5, good);
	memcpy(bad, good, sizeof(bad));
	bad[0] ^= 1;
	for (int i = 0; i < KEY_CACHE_OFTEN / 2; i++) {
		assert_int_equal(key_verify(key, "hello", 5, good), 0);
		assert_int_equal(key_verify(key, "hello", 5, bad), -1);
	}
	assert_false(has_table(key));
	for (int i = 0; i < KEY_CACHE_OFTEN / 2; i++)
		assert_int_equal(key_verify(again, "hello", 5, good), 0);
	assert_true(has_table(key));
	assert_int_equal(key_verify(again, "hello", 5, good), 0);
	assert_int_equal(key_verify(again, "hello", 5, bad), -1);
	json_decref(jwk);
	key_free(key);
	key_free(again);
}

struct checker {
	pthread_t thread;
	const struct key *const *keys;
	int failures;
};

#define KEYS 3

static void *check_on_a_thread(void *arg)
{
	struct checker *checker = arg;
	unsigned char good[ES256_SIGNATURE], bad[ES256_SIGNATURE];

	for (int i = 0; i < 300; i++)
		for (int k = 0; k < KEYS; k++) {
			const struct key *key = checker->keys[k];

			key_sign(key, &i, sizeof(i), good);
			memcpy(bad, good, sizeof(bad));
			bad[i % ES256_SIGNATURE] ^= 4;
			checker->failures += key_verify(key, &i, sizeof(i), good) != 0;
			checker->failures += i % 8 == 0 && key_verify(key, &i, sizeof(i), bad) == 0;
		}
	return NULL;
}

static void several_threads_check_while_the_tables_are_made(void **state)
{
	struct key *keys[KEYS];
	struct checker checkers[4];

	(void)state;
	for (int k = 0; k < KEYS; k++)
		keys[k] = key_new_p256();
	for (int i = 0; i < 4; i++) {
		checkers[i] = (struct checker){.keys = (const struct key *const *)keys};
		assert_int_equal(pthread_create(&checkers[i].thread, NULL, check_on_a_thread, &checkers[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(checkers[i].thread, NULL), 0);
		assert_int_equal(checkers[i].failures, 0);
	}
	for (int k = 0; k < KEYS; k++) {
		unsigned char signature[ES256_SIGNATURE];

		key_sign(keys[k], "hello", 5, signature);
		check_often(keys[k], "hello", 5, signature); /* one table is made at a time: the last may still be due */
		assert_true(has_table(keys[k]));
		key_free(keys[k]);
	}
}

static void count(const struct key *key, int times)
{
	key_cache_wait();
	for (int i = 0; i < times; i++)
		key_cache_count(key->kid, key->pkey);
}

static void the_table_not_used_for_longest_makes_room(void **state)
{
	struct key *keys[KEY_CACHE_SIZE], *late = key_new_p256();
	unsigned char signature[ES256_SIGNATURE];
	struct key_table *held;

	(void)state;
	for (int i = 0; i < KEY_CACHE_SIZE; i++) {
		keys[i] = key_new_p256();
		count(keys[i], KEY_CACHE_OFTEN_FULL); /* the cache may be full of the other tests' */
		assert_true(has_table(keys[i]));
	}
	held = key_cache_find(keys[1]->kid);
	for (int i = 2; i < KEY_CACHE_SIZE; i++)
		assert_true(has_table(keys[i]));
	assert_true(has_table(keys[0]));

	count(late, KEY_CACHE_OFTEN_FULL / 2);
	assert_false(has_table(late));
	count(late, KEY_CACHE_OFTEN_FULL / 2);
	assert_true(has_table(late));
	assert_false(has_table(keys[1]));
	assert_true(has_table(keys[0]));
	assert_true(has_table(keys[2]));

	key_sign(keys[1], "hello", 5, signature);
	assert_true(table_says(held, "hello", 5, signature)); /* it lives for whoever still holds it */
	assert_int_equal(key_verify(keys[1], "hello", 5, signature), 0);
	key_table_free(held);
	for (int i = 0; i < KEY_CACHE_SIZE; i++)
		key_free(keys[i]);
	key_free(late);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_inverse_is_the_librarys),
		cmocka_unit_test(what_has_no_inverse_is_refused),
		cmocka_unit_test(the_vectors_of_wycheproof_hold),
		cmocka_unit_test(numbers_at_and_beyond_the_edges_are_refused),
		cmocka_unit_test(table_and_library_agree),
		cmocka_unit_test(the_vectors_of_rfc_6979_hold),
		cmocka_unit_test(only_good_signatures_earn_a_table_and_all_of_the_key_share_it),
		cmocka_unit_test(several_threads_check_while_the_tables_are_made),
		cmocka_unit_test(the_table_not_used_for_longest_makes_room),
	};

	base_init();
	return cmocka_run_group_tests_name("key table", tests, NULL, NULL);
}
