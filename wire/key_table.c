/* EC_GROUP_precompute_mult() and the Jacobian coordinates are deprecated without a successor; nothing else makes tables. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "wire/key_table.h"

#include "wire/base.h"
#include "wire/inverse.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define COORDINATE 32 /* bytes of r and s */

struct key_table {
	EC_GROUP *group; /* P-256 with the key as its generator */
	atomic_uint references;
};

/* What a check needs, kept for each thread: making it anew costs as much as a tenth of the check. */
struct work {
	BN_CTX *context;
	BIGNUM *r, *s, *hash, *inverse, *product, *x, *z, *left, *right;
	EC_POINT *first, *second, *sum;
};

static struct {
	pthread_once_t once;
	pthread_key_t work;
	EC_GROUP *group;
	const BIGNUM *order, *prime;
	BN_MONT_CTX *modulo_order, *modulo_prime;
} p256 = {.once = PTHREAD_ONCE_INIT};

static void work_free(void *arg)
{
	struct work *work = arg;

	EC_POINT_free(work->first);
	EC_POINT_free(work->second);
	EC_POINT_free(work->sum);
	BN_CTX_free(work->context);
	free(work);
}

static void begin(void)
{
	BN_CTX *context = BN_CTX_new();

	p256.group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	p256.modulo_order = BN_MONT_CTX_new();
	p256.modulo_prime = BN_MONT_CTX_new();
	if (!p256.group || pthread_key_create(&p256.work, work_free) != 0)
		BUG("no P-256");
	p256.order = EC_GROUP_get0_order(p256.group);
	p256.prime = EC_GROUP_get0_field(p256.group);
	if (!BN_MONT_CTX_set(p256.modulo_order, p256.order, context) ||
	    !BN_MONT_CTX_set(p256.modulo_prime, p256.prime, context))
		BUG("no arithmetic for P-256");
	BN_CTX_free(context);
}

static struct work *work_new(void)
{
	struct work *work = xcalloc(1, sizeof(*work));
	BIGNUM **const numbers[] = {&work->r, &work->s, &work->hash, &work->inverse, &work->product,
				    &work->x, &work->z, &work->left, &work->right};

	work->context = BN_CTX_new();
	BN_CTX_start(work->context); /* without an end: the numbers go with the context */
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		*numbers[i] = BN_CTX_get(work->context);
	work->first = EC_POINT_new(p256.group);
	work->second = EC_POINT_new(p256.group);
	work->sum = EC_POINT_new(p256.group);
	return work;
}

static struct work *thread_work(void)
{
	struct work *work;

	pthread_once(&p256.once, begin);
	work = pthread_getspecific(p256.work);
	if (!work) {
		work = work_new();
		if (pthread_setspecific(p256.work, work) != 0)
			BUG("no room for a thread's numbers");
	}
	return work;
}

struct key_table *key_table_new(EVP_PKEY *pkey)
{
	struct work *work = thread_work();
	struct key_table *table = xcalloc(1, sizeof(*table));
	unsigned char bytes[1 + 2 * COORDINATE];
	size_t length;

	table->references = 1;
	table->group = EC_GROUP_dup(p256.group);
	if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof(bytes), &length) &&
	    EC_POINT_oct2point(table->group, work->first, bytes, length, work->context) &&
	    EC_GROUP_set_generator(table->group, work->first, p256.order, BN_value_one()) &&
	    EC_GROUP_precompute_mult(table->group, work->context))
		return table;
	ERR_clear_error();
	return key_table_free(table);
}

static bool is_in_range(const BIGNUM *number)
{
	return !BN_is_zero(number) && BN_ucmp(number, p256.order) < 0;
}

/* r and s, both within 1 .. order - 1, and the hash modulo the order. */
static bool take_numbers(struct work *work, const unsigned char *hash, const unsigned char *signature)
{
	return BN_bin2bn(signature, COORDINATE, work->r) && is_in_range(work->r) &&
	       BN_bin2bn(signature + COORDINATE, COORDINATE, work->s) && is_in_range(work->s) &&
	       BN_bin2bn(hash, SHA256_BYTES, work->hash) && BN_nnmod(work->hash, work->hash, p256.order, work->context);
}

static bool times(BIGNUM *ret, const BIGNUM *a, const BIGNUM *b, BN_MONT_CTX *modulus, const struct work *work)
{
	return BN_mod_mul_montgomery(ret, a, b, modulus, work->context);
}

/* 1/s in Montgomery's form, so that times() with it needs no conversion. Believed only when s times it is 1. */
static bool invert(struct work *work, const unsigned char *s)
{
	unsigned char inverse[INVERSE_BYTES];

	return inverse_modulo_order(s, inverse) && BN_bin2bn(inverse, sizeof(inverse), work->inverse) &&
	       BN_to_montgomery(work->inverse, work->inverse, p256.modulo_order, work->context) &&
	       times(work->product, work->s, work->inverse, p256.modulo_order, work) && BN_is_one(work->product);
}

/* hash/s times the generator plus r/s times the key: the point whose x coordinate must be r. */
static bool add_points(const struct key_table *table, struct work *work)
{
	return times(work->product, work->hash, work->inverse, p256.modulo_order, work) &&
	       EC_POINT_mul(p256.group, work->first, work->product, NULL, NULL, work->context) &&
	       times(work->product, work->r, work->inverse, p256.modulo_order, work) &&
	       EC_POINT_mul(table->group, work->second, work->product, NULL, NULL, work->context) &&
	       EC_POINT_add(p256.group, work->sum, work->first, work->second, work->context) &&
	       !EC_POINT_is_at_infinity(p256.group, work->sum);
}

/*
 * Whether the sum's affine x, which is x/z^2, is work->r: r * z^2 == x needs no division. Both sides have the same power
 * of Montgomery's factor too much.
 */
static bool is_x(struct work *work)
{
	return times(work->left, work->z, work->z, p256.modulo_prime, work) &&
	       BN_to_montgomery(work->right, work->r, p256.modulo_prime, work->context) &&
	       times(work->left, work->left, work->right, p256.modulo_prime, work) &&
	       BN_from_montgomery(work->right, work->x, p256.modulo_prime, work->context) &&
	       BN_cmp(work->left, work->right) == 0;
}

/* r is x modulo the order, which is a little smaller than the prime: x may be r + order as well. */
static bool is_sum_r(struct work *work)
{
	return EC_POINT_get_Jprojective_coordinates_GFp(p256.group, work->sum, work->x, NULL, work->z, work->context) &&
	       (is_x(work) ||
		(BN_add(work->r, work->r, p256.order) && BN_ucmp(work->r, p256.prime) < 0 && is_x(work)));
}

bool key_table_check(const struct key_table *table, const unsigned char hash[SHA256_BYTES],
		     const unsigned char signature[ES256_SIGNATURE])
{
	struct work *work = thread_work();

	if (take_numbers(work, hash, signature) && invert(work, signature + COORDINATE) && add_points(table, work) &&
	    is_sum_r(work))
		return true;
	ERR_clear_error();
	return false;
}

struct key_table *key_table_ref(struct key_table *table)
{
	table->references++;
	return table;
}

struct key_table *key_table_free(struct key_table *table)
{
	if (table && --table->references == 0) {
		EC_GROUP_free(table->group);
		free(table);
	}
	return NULL;
}
