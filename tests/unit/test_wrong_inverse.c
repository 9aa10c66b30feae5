#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/inverse.h"
#include "wire/key.h"
#include "wire/key_cache.h"

#include <openssl/bn.h>
#include <string.h>

/* The control of test_key_table. Linked instead of wire/inverse.c, this gives whatever the test wants. */
static unsigned char given[INVERSE_BYTES];
static bool is_given;

bool inverse_modulo_order(const unsigned char number[INVERSE_BYTES], unsigned char ret_inverse[INVERSE_BYTES])
{
	(void)number;
	memcpy(ret_inverse, given, sizeof(given));
	return is_given;
}

/* The inverse of the s of a signature, by the library. */
static void give_inverse(const unsigned char signature[ES256_SIGNATURE])
{
	BIGNUM *s = BN_bin2bn(signature + 32, 32, NULL), *order = NULL;
	BN_CTX *context = BN_CTX_new();

	BN_hex2bn(&order, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
	assert_non_null(BN_mod_inverse(s, s, order, context));
	BN_bn2binpad(s, given, sizeof(given));
	is_given = true;
	BN_free(s);
	BN_free(order);
	BN_CTX_free(context);
}

/* What the table says of a signature of "hello", and what key_verify() says, which has a table too. */
static void assert_verdicts(const struct key *key, const unsigned char signature[ES256_SIGNATURE], bool table_says, bool verified)
{
	struct key_table *table = key_cache_find(key->kid);
	unsigned char hash[SHA256_BYTES];

	assert_non_null(table);
	sha256("hello", 5, hash);
	assert_int_equal(key_table_check(table, hash, signature), table_says);
	assert_int_equal(key_verify(key, "hello", 5, signature), verified ? 0 : -1);
	key_table_free(table);
}

static struct key *new_key_with_table(void)
{
	struct key *key = key_new_p256();

	for (int i = 0; i < KEY_CACHE_OFTEN; i++)
		key_cache_count(key->kid, key->pkey);
	key_cache_wait();
	return key;
}

static void with_a_wrong_inverse_the_library_decides(void **state)
{
	struct key *key = new_key_with_table();
	unsigned char good[ES256_SIGNATURE], bad[ES256_SIGNATURE];

	(void)state;
	for (int i = 0; i < 256; i++) {
		key_sign(key, "hello", 5, good);
		memcpy(bad, good, sizeof(bad));
		bad[i % ES256_SIGNATURE] ^= 1;
		give_inverse(good);
		assert_verdicts(key, good, true, true);
		given[i / 8] ^= (unsigned char)(1 << i % 8);
		assert_verdicts(key, good, false, true);
		assert_verdicts(key, bad, false, false);
		is_given = false;
		assert_verdicts(key, good, false, true);
		assert_verdicts(key, bad, false, false);
	}
	key_free(key);
}

/* What a fault of the inverse would be worth to a forger: points that fit, from an s that does not. */
static void the_inverse_of_another_s_forges_nothing(void **state)
{
	struct key *key = new_key_with_table();
	unsigned char good[ES256_SIGNATURE], forged[ES256_SIGNATURE];

	(void)state;
	for (int i = 0; i < 256; i++) {
		key_sign(key, "hello", 5, good);
		memcpy(forged, good, sizeof(forged));
		forged[32 + i / 8] ^= (unsigned char)(1 << i % 8);
		give_inverse(good);
		assert_verdicts(key, forged, false, false);
	}
	key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_a_wrong_inverse_the_library_decides),
		cmocka_unit_test(the_inverse_of_another_s_forges_nothing),
	};

	base_init();
	return cmocka_run_group_tests_name("wrong inverse", tests, NULL, NULL);
}
