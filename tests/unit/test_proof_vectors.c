#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/proof.h"

#include <stdlib.h>
#include <string.h>

/* The reference tree of the certificate-transparency project: its leaves, the nodes over them and the roots of its first 1..8. */
static const char *const inputs[] = {
	"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
};

#define L1 "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
#define L4 "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
#define N01 "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
#define N23 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
#define N45 "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
#define N67 "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
#define N03 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
#define N47 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
#define L0 "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
#define L2 "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7"
#define L3 "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7"
#define N46 "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e"

static const char *const roots[] = {
	L0, N01, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", N03,
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

struct vector {
	unsigned at, size; /* leaf or old size, and size */
	const char *hashes[5]; /* ends with NULL */
};

static const struct vector inclusions[] = {
	{0, 1, {NULL}},
	{0, 8, {L1, N23, N47, NULL}},
	{5, 8, {L4, N67, N03, NULL}},
	{2, 3, {N01, NULL}},
	{1, 5, {L0, N23, L4, NULL}},
};

static const struct vector consistencies[] = {
	{1, 1, {NULL}},
	{1, 8, {L1, N23, N47, NULL}},
	{6, 8, {N45, N67, N03, NULL}},
	{2, 5, {N23, L4, NULL}},
	{3, 7, {L2, L3, N01, N46, NULL}},
};

typedef unsigned char hash[TREE_HASH];

static size_t from_hex(const char *hex, unsigned char *bytes)
{
	size_t length = strlen(hex) / 2;

	for (size_t i = 0; i < length; i++)
		bytes[i] = (unsigned char)strtoul((char[]){hex[2 * i], hex[2 * i + 1], '\0'}, NULL, 16);
	return length;
}

/* The only tile there is: its hashes are the leaves'. */
static const unsigned char *give(void *arg, unsigned level, uint64_t index, unsigned width)
{
	assert_int_equal(level, 0);
	assert_int_equal(index, 0);
	assert_in_range(width, 1, 8);
	return arg;
}

static void make_leaves(hash *leaves)
{
	for (int i = 0; i < 8; i++) {
		unsigned char bytes[16];

		tree_hash_leaf(bytes, from_hex(inputs[i], bytes), leaves[i]);
	}
}

static void is(const struct proof *proof, const char *const *hashes)
{
	hash expected;

	for (unsigned i = 0; i < proof->count; i++) {
		assert_non_null(hashes[i]);
		from_hex(hashes[i], expected);
		assert_memory_equal(proof->hashes[i], expected, TREE_HASH);
	}
	assert_null(hashes[proof->count]);
}

static void the_reference_inclusion_proofs_hold(void **state)
{
	hash leaves[8], root;
	struct proof proof;

	(void)state;
	make_leaves(leaves);
	for (size_t i = 0; i < sizeof(inclusions) / sizeof(inclusions[0]); i++) {
		const struct vector *v = &inclusions[i];

		assert_int_equal(proof_inclusion(give, leaves, v->at, v->size, &proof), 0);
		is(&proof, v->hashes);
		from_hex(roots[v->size - 1], root);
		assert_int_equal(proof_check_inclusion(&proof, leaves[v->at], v->at, v->size, root), 0);
	}
}

static void the_reference_consistency_proofs_hold(void **state)
{
	hash leaves[8], before, root;
	struct proof proof;

	(void)state;
	make_leaves(leaves);
	for (size_t i = 0; i < sizeof(consistencies) / sizeof(consistencies[0]); i++) {
		const struct vector *v = &consistencies[i];

		assert_int_equal(proof_consistency(give, leaves, v->at, v->size, &proof), 0);
		is(&proof, v->hashes);
		from_hex(roots[v->at - 1], before);
		from_hex(roots[v->size - 1], root);
		assert_int_equal(proof_check_consistency(&proof, v->at, before, v->size, root), 0);
	}
}

static void the_reference_roots_come_from_the_tile(void **state)
{
	hash leaves[8], root, expected;

	(void)state;
	make_leaves(leaves);
	for (unsigned size = 1; size <= 8; size++) {
		from_hex(roots[size - 1], expected);
		assert_int_equal(proof_root(give, leaves, size, root), 0);
		assert_memory_equal(root, expected, TREE_HASH);
	}
}

/*
 * The example of RFC 6962 section 2.1.3, a tree of seven leaves d0 .. d6, with the RFC's names: a .. f and j are the leaves'
 * hashes, g = ab, h = cd, i = ef, k = gh, l = ij.
 */
struct named {
	hash a, b, c, d, e, f, j; /* in the order of the leaves, so that &a is the tile */
	hash g, h, i, k, l, root;
};

_Static_assert(offsetof(struct named, j) == 6 * TREE_HASH, "the leaves' hashes are a tile");

static void make_named(struct named *n)
{
	unsigned char *leaf = n->a;

	for (unsigned char d = 0; d < 7; d++, leaf += TREE_HASH)
		tree_hash_leaf((unsigned char[]){'d', (unsigned char)('0' + d)}, 2, leaf);
	tree_hash_node(n->a, n->b, n->g);
	tree_hash_node(n->c, n->d, n->h);
	tree_hash_node(n->e, n->f, n->i);
	tree_hash_node(n->g, n->h, n->k);
	tree_hash_node(n->i, n->j, n->l);
	tree_hash_node(n->k, n->l, n->root);
}

/* proof is exactly these hashes, NULL at the end. */
static void has(const struct proof *proof, const unsigned char *const *hashes)
{
	unsigned count = 0;

	for (; hashes[count]; count++) {
		assert_true(count < proof->count);
		assert_memory_equal(proof->hashes[count], hashes[count], TREE_HASH);
	}
	assert_int_equal(proof->count, count);
}

static void path_is(struct named *n, unsigned index, const unsigned char *leaf, const unsigned char *const *hashes)
{
	struct proof proof;

	assert_int_equal(proof_inclusion(give, n->a, index, 7, &proof), 0);
	has(&proof, hashes);
	assert_int_equal(proof_check_inclusion(&proof, leaf, index, 7, n->root), 0);
}

static void proof_is(struct named *n, unsigned before, const unsigned char *before_root, const unsigned char *const *hashes)
{
	struct proof proof;

	assert_int_equal(proof_consistency(give, n->a, before, 7, &proof), 0);
	has(&proof, hashes);
	assert_int_equal(proof_check_consistency(&proof, before, before_root, 7, n->root), 0);
}

static void the_example_of_the_rfc_holds(void **state)
{
	struct named n;
	hash three, six;

	(void)state;
	make_named(&n);
	path_is(&n, 0, n.a, (const unsigned char *const[]){n.b, n.h, n.l, NULL});
	path_is(&n, 3, n.d, (const unsigned char *const[]){n.c, n.g, n.l, NULL});
	path_is(&n, 4, n.e, (const unsigned char *const[]){n.f, n.j, n.k, NULL});
	path_is(&n, 6, n.j, (const unsigned char *const[]){n.i, n.k, NULL});
	tree_hash_node(n.g, n.c, three);
	tree_hash_node(n.k, n.i, six);
	proof_is(&n, 3, three, (const unsigned char *const[]){n.c, n.d, n.g, n.l, NULL});
	proof_is(&n, 4, n.k, (const unsigned char *const[]){n.l, NULL});
	proof_is(&n, 6, six, (const unsigned char *const[]){n.i, n.j, n.k, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reference_inclusion_proofs_hold),
		cmocka_unit_test(the_reference_consistency_proofs_hold),
		cmocka_unit_test(the_reference_roots_come_from_the_tile),
		cmocka_unit_test(the_example_of_the_rfc_holds),
	};

	base_init();
	return cmocka_run_group_tests_name("proof vectors", tests, NULL, NULL);
}
