#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the tests hold against proof.c: RFC 6962 section 2.1 as it is written there, over leaf hashes. */

typedef unsigned char hash[TREE_HASH];

#define MANY 600 /* every size up to this */

static size_t split(size_t count)
{
	size_t half = 1;

	while (half * 2 < count)
		half *= 2;
	return half;
}

static void naive_root(const hash *leaves, size_t count, unsigned char *root)
{
	hash left, right;

	if (count == 1) {
		memcpy(root, leaves[0], TREE_HASH);
		return;
	}
	naive_root(leaves, split(count), left);
	naive_root(leaves + split(count), count - split(count), right);
	tree_hash_node(left, right, root);
}

/* MTH(D[start:end]): for all up to MANY it is in a table, and so are those of 2^h leaves each, so that the tests end. */
static hash (*table)[MANY + 1], *powers[18];

static void mth(const hash *leaves, size_t start, size_t end, unsigned char *root)
{
	size_t count = end - start;
	hash right;

	if (end <= MANY) {
		memcpy(root, table[start][end], TREE_HASH);
		return;
	}
	for (unsigned height = 0; height < 18; height++)
		if (count == (size_t)1 << height) {
			memcpy(root, powers[height][start >> height], TREE_HASH);
			return;
		}
	mth(leaves, start, start + split(count), root);
	mth(leaves, start + split(count), end, right);
	tree_hash_node(root, right, root);
}

static void make_powers(const hash *leaves, size_t count)
{
	for (unsigned height = 0; height < 18; height++) {
		powers[height] = xcalloc((count >> height) + 1, sizeof(hash));
		for (size_t i = 0; i < count >> height; i++)
			if (!height)
				memcpy(powers[0][i], leaves[i], TREE_HASH);
			else
				tree_hash_node(powers[height - 1][2 * i], powers[height - 1][2 * i + 1], powers[height][i]);
	}
}

static void make_table(const hash *leaves)
{
	table = xcalloc(MANY, sizeof(*table));
	for (size_t count = 1; count <= MANY; count++)
		for (size_t start = 0; start + count <= MANY; start++)
			if (count == 1)
				memcpy(table[start][start + 1], leaves[start], TREE_HASH);
			else
				tree_hash_node(table[start][start + split(count)], table[start + split(count)][start + count],
					       table[start][start + count]);
}

/* PATH(m, D[start:end]), appended. */
static void naive_path(const hash *leaves, size_t m, size_t start, size_t end, struct proof *proof)
{
	size_t k = split(end - start);

	if (end - start == 1)
		return;
	if (m < k) {
		naive_path(leaves, m, start, start + k, proof);
		mth(leaves, start + k, end, proof->hashes[proof->count++]);
	} else {
		naive_path(leaves, m - k, start + k, end, proof);
		mth(leaves, start, start + k, proof->hashes[proof->count++]);
	}
}

/* SUBPROOF(m, D[start:end], whole), appended. */
static void naive_subproof(const hash *leaves, size_t m, size_t start, size_t end, bool whole, struct proof *proof)
{
	size_t k = split(end - start);

	if (m == end - start) {
		if (!whole)
			mth(leaves, start, end, proof->hashes[proof->count++]);
		return;
	}
	if (m <= k) {
		naive_subproof(leaves, m, start, start + k, whole, proof);
		mth(leaves, start + k, end, proof->hashes[proof->count++]);
	} else {
		naive_subproof(leaves, m - k, start + k, end, false, proof);
		mth(leaves, start, start + k, proof->hashes[proof->count++]);
	}
}

/* Tiles as a store has them. A tile is given in a block of its own, freed at the next call, of exactly the width asked; the
 * exhaustive test, which would take long, has them as they are. */
struct store {
	hash *level[3];
	uint64_t size; /* of the tree that is asked about */
	unsigned missing; /* the level that is not there; 9: all are */
	bool as_they_are;
	unsigned char *given;
};

static const unsigned char *give(void *arg, unsigned level, uint64_t index, unsigned width)
{
	struct store *store = arg;

	free(store->given);
	store->given = NULL;
	assert_true(level < 3);
	assert_int_equal(width, proof_tile_width(level, index, store->size));
	assert_int_not_equal(width, 0);
	if (level == store->missing)
		return NULL;
	if (store->as_they_are)
		return store->level[level][index * TREE_TILE_WIDTH];
	store->given = xmalloc((size_t)width * TREE_HASH);
	memcpy(store->given, store->level[level][index * TREE_TILE_WIDTH], (size_t)width * TREE_HASH);
	return store->given;
}

static hash *leaves_of(size_t count)
{
	hash *leaves = xcalloc(count, sizeof(*leaves));

	for (uint32_t i = 0; i < count; i++)
		tree_hash_leaf(&i, sizeof(i), leaves[i]);
	return leaves;
}

static struct store store_of(hash *leaves, size_t count)
{
	struct store store = {.level = {leaves}, .missing = 9};

	for (unsigned level = 1; level < 3; level++) {
		store.level[level] = xcalloc(count / TREE_TILE_WIDTH + 1, sizeof(hash));
		count /= TREE_TILE_WIDTH;
		for (size_t i = 0; i < count; i++)
			naive_root((const hash *)store.level[level - 1] + i * TREE_TILE_WIDTH, TREE_TILE_WIDTH, store.level[level][i]);
	}
	return store;
}

static void store_clear(struct store *store)
{
	for (unsigned level = 0; level < 3; level++)
		free(store->level[level]);
	free(store->given);
}

static void same(const struct proof *found, const struct proof *expected, size_t a, size_t b)
{
	if (found->count != expected->count || memcmp(found->hashes, expected->hashes, expected->count * TREE_HASH) != 0)
		fail_msg("a proof about %zu and %zu differs", a, b);
}

static void inclusion_is(struct store *store, size_t index, size_t size, const unsigned char *root)
{
	struct proof found, expected = {0};

	store->size = size;
	naive_path((const hash *)store->level[0], index, 0, size, &expected);
	assert_int_equal(proof_inclusion(give, store, index, size, &found), 0);
	same(&found, &expected, index, size);
	if (proof_check_inclusion(&found, store->level[0][index], index, size, root) < 0)
		fail_msg("the proof of leaf %zu of %zu does not hold", index, size);
}

static void consistency_is(struct store *store, size_t before, size_t size, const unsigned char *before_root, const unsigned char *root)
{
	struct proof found, expected = {0};

	store->size = size;
	naive_subproof((const hash *)store->level[0], before, 0, size, true, &expected);
	assert_int_equal(proof_consistency(give, store, before, size, &found), 0);
	same(&found, &expected, before, size);
	if (proof_check_consistency(&found, before, before_root, size, root) < 0)
		fail_msg("the proof from %zu to %zu does not hold", before, size);
}

static void every_proof_up_to_600_is_that_of_the_rfc(void **state)
{
	struct store store = store_of(leaves_of(MANY), MANY);
	hash root;

	(void)state;
	store.as_they_are = true;
	make_table((const hash *)store.level[0]);
	for (size_t size = 1; size <= MANY; size++) {
		store.size = size;
		assert_int_equal(proof_root(give, &store, size, root), 0);
		assert_memory_equal(root, table[0][size], TREE_HASH);
		for (size_t i = 0; i < size; i++) {
			inclusion_is(&store, i, size, root);
			consistency_is(&store, i + 1, size, table[0][i + 1], root);
		}
	}
	store_clear(&store);
}

#define LARGE (2 * 65536 + 512)

static void proofs_across_the_borders_of_tiles_are_those_of_the_rfc(void **state)
{
	static const size_t sizes[] = {65535, 65536, 65537, 65791, 65792, 65793, 131071, 131072, 131073, 131327, 131328, 131329, LARGE};
	static const size_t places[] = {0, 1, 255, 256, 257, 32767, 65279, 65280, 65535, 65536, 65791, 65792, 131071, 131072, 131328};
	struct store store = store_of(leaves_of(LARGE), LARGE);
	const hash *leaves = (const hash *)store.level[0];
	hash root, before;

	(void)state;
	make_powers(leaves, LARGE);
	naive_root(leaves, LARGE, root);
	mth(leaves, 0, LARGE, before);
	assert_memory_equal(root, before, TREE_HASH);
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		mth(leaves, 0, sizes[s], root);
		for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
			if (places[p] >= sizes[s])
				continue;
			inclusion_is(&store, places[p], sizes[s], root);
			mth(leaves, 0, places[p] + 1, before);
			consistency_is(&store, places[p] + 1, sizes[s], before, root);
		}
		inclusion_is(&store, sizes[s] - 1, sizes[s], root);
	}
	store_clear(&store);
}

static void a_missing_tile_is_said(void **state)
{
	struct store store = store_of(leaves_of(MANY), MANY);
	struct proof proof;
	hash root;

	(void)state;
	store.size = MANY;
	for (store.missing = 0; store.missing < 2; store.missing++) {
		assert_int_equal(proof_inclusion(give, &store, 3, MANY, &proof), -1);
		assert_int_equal(proof_consistency(give, &store, 3, MANY, &proof), -1);
		assert_int_equal(proof_root(give, &store, MANY, root), -1);
	}
	store_clear(&store);
}

static void what_is_not_there_has_no_proof(void **state)
{
	struct store store = store_of(leaves_of(8), 8);
	struct proof proof;

	(void)state;
	store.size = 8;
	assert_int_equal(proof_inclusion(give, &store, 8, 8, &proof), -1);
	assert_int_equal(proof_inclusion(give, &store, UINT64_MAX, 8, &proof), -1);
	assert_int_equal(proof_inclusion(give, &store, 0, 0, &proof), -1);
	assert_int_equal(proof_consistency(give, &store, 9, 8, &proof), -1);
	store_clear(&store);
}

/* A thread's memory of tiles must not carry one tree into another: the same places, other leaves. */
static void another_tree_with_the_same_places_has_its_own_proofs(void **state)
{
	struct store one = store_of(leaves_of(MANY), MANY), other;
	hash *leaves = leaves_of(MANY), root;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		leaves[i][0] ^= i % 3 == 1; /* some are the same in both */
	other = store_of(leaves, MANY);
	for (size_t i = 0; i < MANY; i += 7) {
		struct proof proof;

		one.size = other.size = MANY - i / 2;
		assert_int_equal(proof_inclusion(give, &one, i / 2, one.size, &proof), 0);
		naive_root((const hash *)one.level[0], one.size, root);
		assert_int_equal(proof_check_inclusion(&proof, one.level[0][i / 2], i / 2, one.size, root), 0);
		assert_int_equal(proof_inclusion(give, &other, i / 2, other.size, &proof), 0);
		naive_root((const hash *)leaves, other.size, root);
		assert_int_equal(proof_check_inclusion(&proof, leaves[i / 2], i / 2, other.size, root), 0);
	}
	store_clear(&one);
	store_clear(&other);
}

static void every_altered_part_of_an_inclusion_proof_is_noticed(void **state)
{
	struct store store = store_of(leaves_of(40), 40);
	struct proof proof;
	hash root;

	(void)state;
	for (size_t size = 1; size <= 40; size++)
		for (size_t i = 0; i < size; i++) {
			unsigned char *leaf = store.level[0][i];

			store.size = size;
			naive_root((const hash *)store.level[0], size, root);
			assert_int_equal(proof_inclusion(give, &store, i, size, &proof), 0);
			for (size_t other = 0; other < size; other++)
				assert_int_equal(proof_check_inclusion(&proof, leaf, other, size, root), other == i ? 0 : -1);
			assert_int_equal(proof_check_inclusion(&proof, leaf, size, size, root), -1);
			for (unsigned h = 0; h < proof.count; h++) {
				proof.hashes[h][h % TREE_HASH] ^= 0x80;
				assert_int_equal(proof_check_inclusion(&proof, leaf, i, size, root), -1);
				proof.hashes[h][h % TREE_HASH] ^= 0x80;
			}
			proof.count++;
			assert_int_equal(proof_check_inclusion(&proof, leaf, i, size, root), -1);
			proof.count -= 2;
			if (size > 1)
				assert_int_equal(proof_check_inclusion(&proof, leaf, i, size, root), -1);
			proof.count++;
			root[31] ^= 1;
			assert_int_equal(proof_check_inclusion(&proof, leaf, i, size, root), -1);
		}
	store_clear(&store);
}

static void refused_consistency(const struct proof *proof, size_t before, const unsigned char *before_root, size_t size,
				const unsigned char *root)
{
	if (proof_check_consistency(proof, before, before_root, size, root) == 0)
		fail_msg("a false proof from %zu to %zu holds", before, size);
}

static void every_altered_part_of_a_consistency_proof_is_noticed(void **state)
{
	struct store store = store_of(leaves_of(40), 40);
	struct proof proof;
	hash old, new, wrong;

	(void)state;
	for (size_t size = 1; size <= 40; size++)
		for (size_t before = 1; before <= size; before++) {
			store.size = size;
			naive_root((const hash *)store.level[0], size, new);
			naive_root((const hash *)store.level[0], before, old);
			assert_int_equal(proof_consistency(give, &store, before, size, &proof), 0);
			for (unsigned h = 0; h < proof.count; h++) {
				proof.hashes[h][h % TREE_HASH] ^= 1;
				refused_consistency(&proof, before, old, size, new);
				proof.hashes[h][h % TREE_HASH] ^= 1;
			}
			memcpy(wrong, old, TREE_HASH);
			wrong[7] ^= 1;
			refused_consistency(&proof, before, wrong, size, new);
			memcpy(wrong, new, TREE_HASH);
			wrong[7] ^= 1;
			refused_consistency(&proof, before, old, size, wrong);
			refused_consistency(&proof, size + 1, old, size, new);
			if (before < size)
				refused_consistency(&proof, size, old, size, new);
			proof.count++;
			refused_consistency(&proof, before, old, size, new);
			if (proof.count > 1) {
				proof.count -= 2;
				refused_consistency(&proof, before, old, size, new);
			}
		}
	store_clear(&store);
}

static void everything_is_consistent_with_nothing(void **state)
{
	static const struct proof empty;
	struct proof proof, long_one = {.count = 1};
	hash nothing, some = {1};

	(void)state;
	assert_int_equal(proof_root(give, NULL, 0, nothing), 0);
	assert_int_equal(proof_consistency(give, NULL, 0, 5, &proof), 0);
	assert_int_equal(proof.count, 0);
	assert_int_equal(proof_check_consistency(&empty, 0, nothing, 5, some), 0);
	assert_int_equal(proof_check_consistency(&empty, 0, nothing, 0, nothing), 0);
	refused_consistency(&empty, 0, some, 5, some);
	refused_consistency(&empty, 0, nothing, 0, some);
	refused_consistency(&long_one, 0, nothing, 5, some);
}

static void the_proofs_of_the_ends_give_those_between(void **state)
{
	struct store store = store_of(leaves_of(MANY), MANY);

	(void)state;
	srand(20251121);
	for (int round = 0; round < 600; round++) {
		size_t size = 1 + (size_t)rand() % MANY, first = (size_t)rand() % size;
		size_t last = first + (size_t)rand() % (round % 2 ? size - first : size - first < 9 ? size - first : 9);
		const unsigned char *hashes = store.level[0][first], *root = table[0][size];
		struct proof first_proof, last_proof, found;

		store.size = size;
		assert_int_equal(proof_inclusion(give, &store, first, size, &first_proof), 0);
		assert_int_equal(proof_inclusion(give, &store, last, size, &last_proof), 0);
		for (size_t i = first; i <= last; i += 1 + (last - first) / 17) {
			struct proof expected = {0};

			naive_path((const hash *)store.level[0], i, 0, size, &expected);
			assert_int_equal(proof_between(&first_proof, first, &last_proof, last, hashes, i, size, root, &found), 0);
			same(&found, &expected, i, size);
		}
		assert_int_equal(proof_between(&first_proof, first, &last_proof, last, hashes, last + 1, size, root, &found), -1);
		if (first)
			assert_int_equal(proof_between(&first_proof, first, &last_proof, last, hashes, first - 1, size, root, &found), -1);
	}
	store_clear(&store);
}

static void false_ends_or_hashes_give_no_proof_between(void **state)
{
	struct store store = store_of(leaves_of(MANY), MANY);
	struct proof first, last, found;
	hash *hashes = leaves_of(MANY);

	(void)state;
	store.size = 500;
	assert_int_equal(proof_inclusion(give, &store, 100, 500, &first), 0);
	assert_int_equal(proof_inclusion(give, &store, 140, 500, &last), 0);
	assert_int_equal(proof_between(&first, 100, &last, 140, hashes[100], 120, 500, table[0][500], &found), 0);
	for (size_t i = 100; i <= 140; i++) {
		hashes[i][3] ^= 1;
		/* A false hash of the leaf itself is no part of its proof, but then its proof is not of that hash. */
		assert_int_equal(proof_between(&first, 100, &last, 140, hashes[100], 120, 500, table[0][500], &found), -1);
		hashes[i][3] ^= 1;
	}
	assert_int_equal(proof_between(&first, 101, &last, 140, hashes[101], 120, 500, table[0][500], &found), -1);
	assert_int_equal(proof_between(&first, 100, &last, 139, hashes[100], 120, 500, table[0][500], &found), -1);
	assert_int_equal(proof_between(&last, 140, &first, 100, hashes[140], 120, 500, table[0][500], &found), -1);
	assert_int_equal(proof_between(&first, 100, &last, 140, hashes[100], 120, 500, table[0][501], &found), -1);
	last.hashes[4][0] ^= 1;
	assert_int_equal(proof_between(&first, 100, &last, 140, hashes[100], 120, 500, table[0][500], &found), -1);
	free(hashes);
	store_clear(&store);
}

static int free_table(void **state)
{
	(void)state;
	free(table);
	for (unsigned height = 0; height < 18; height++)
		free(powers[height]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_proof_up_to_600_is_that_of_the_rfc),
		cmocka_unit_test(proofs_across_the_borders_of_tiles_are_those_of_the_rfc),
		cmocka_unit_test(a_missing_tile_is_said),
		cmocka_unit_test(what_is_not_there_has_no_proof),
		cmocka_unit_test(another_tree_with_the_same_places_has_its_own_proofs),
		cmocka_unit_test(every_altered_part_of_an_inclusion_proof_is_noticed),
		cmocka_unit_test(every_altered_part_of_a_consistency_proof_is_noticed),
		cmocka_unit_test(everything_is_consistent_with_nothing),
		cmocka_unit_test(the_proofs_of_the_ends_give_those_between),
		cmocka_unit_test(false_ends_or_hashes_give_no_proof_between),
	};

	base_init();
	return cmocka_run_group_tests_name("proof", tests, NULL, free_table);
}
