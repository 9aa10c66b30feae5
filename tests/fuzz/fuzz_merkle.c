#include "tests/fuzz/fuzz.h"

#include "wire/base.h"
#include "wire/proof.h"

#include <stdbool.h>

/* A tree to prove things about: leaves 0 .. LEAVES - 1, their hashes and the tiles of level 1. */
#define LEAVES 1024
static unsigned char leaves[LEAVES][TREE_HASH], above[LEAVES / TREE_TILE_WIDTH][TREE_HASH];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	base_init();
	for (uint32_t i = 0; i < LEAVES; i++)
		tree_hash_leaf(&i, sizeof(i), leaves[i]);
	for (unsigned i = 0; i < LEAVES / TREE_TILE_WIDTH; i++)
		tree_tile_root(leaves[i * TREE_TILE_WIDTH], above[i]);
	return 0;
}

static const unsigned char *tile(void *arg, unsigned level, uint64_t index, unsigned width)
{
	(void)arg;
	HOLDS(level < 2 && index < LEAVES / TREE_TILE_WIDTH && width > 0);
	return level ? above[0] : leaves[index * TREE_TILE_WIDTH];
}

/* Bytes as numbers, one after the other; 0 when they have run out. */
struct bytes {
	const uint8_t *at;
	size_t left;
};

static unsigned take(struct bytes *bytes)
{
	if (!bytes->left)
		return 0;
	bytes->left--;
	return *bytes->at++;
}

static unsigned take_below(struct bytes *bytes, unsigned limit)
{
	return (take(bytes) << 8 | take(bytes)) % limit;
}

/* Changes some bytes of a proof, or its length. */
static void spoil(struct bytes *bytes, struct proof *proof)
{
	for (unsigned n = take(bytes) % 4; n > 0; n--) {
		unsigned what = take(bytes), hash = take(bytes) % (PROOF_MAX + 1);

		if (what == 255)
			proof->count = hash;
		else
			proof->hashes[hash][what % TREE_HASH] ^= (unsigned char)take(bytes);
	}
}

static bool same(const struct proof *a, const struct proof *b)
{
	return a->count == b->count && !memcmp(a->hashes, b->hashes, a->count * TREE_HASH);
}

/* Only the true proof holds; anything else would be a collision of SHA-256. */
static void as_inclusion(struct bytes bytes)
{
	unsigned size = 1 + take_below(&bytes, LEAVES), index = take_below(&bytes, size), said = take_below(&bytes, size);
	struct proof proof = {0}, spoilt;
	unsigned char root[TREE_HASH];

	HOLDS(proof_root(tile, NULL, size, root) == 0 && proof_inclusion(tile, NULL, index, size, &proof) == 0);
	HOLDS(proof_check_inclusion(&proof, leaves[index], index, size, root) == 0);
	HOLDS(said == index || proof_check_inclusion(&proof, leaves[index], said, size, root) < 0);
	spoilt = proof;
	spoil(&bytes, &spoilt);
	HOLDS((proof_check_inclusion(&spoilt, leaves[index], index, size, root) == 0) == same(&proof, &spoilt));
}

static void as_consistency(struct bytes bytes)
{
	unsigned size = 1 + take_below(&bytes, LEAVES), before = 1 + take_below(&bytes, size), said = 1 + take_below(&bytes, size);
	unsigned char root[TREE_HASH], before_root[TREE_HASH];
	struct proof proof = {0}, spoilt;

	HOLDS(proof_root(tile, NULL, size, root) == 0 && proof_root(tile, NULL, before, before_root) == 0);
	HOLDS(proof_consistency(tile, NULL, before, size, &proof) == 0);
	HOLDS(proof_check_consistency(&proof, before, before_root, size, root) == 0);
	HOLDS(said == before || proof_check_consistency(&proof, said, before_root, size, root) < 0);
	spoilt = proof;
	spoil(&bytes, &spoilt);
	HOLDS((proof_check_consistency(&spoilt, before, before_root, size, root) == 0) == same(&proof, &spoilt));
}

static void as_between(struct bytes bytes)
{
	unsigned size = 1 + take_below(&bytes, LEAVES), first = take_below(&bytes, size), last = first + take_below(&bytes, size - first);
	unsigned index = first + take_below(&bytes, last - first + 1);
	struct proof first_proof = {0}, last_proof = {0}, spoilt, expected, found;
	unsigned char root[TREE_HASH];

	HOLDS(proof_root(tile, NULL, size, root) == 0);
	HOLDS(proof_inclusion(tile, NULL, first, size, &first_proof) == 0 && proof_inclusion(tile, NULL, last, size, &last_proof) == 0);
	HOLDS(proof_inclusion(tile, NULL, index, size, &expected) == 0);
	HOLDS(proof_between(&first_proof, first, &last_proof, last, leaves[first], index, size, root, &found) == 0 && same(&found, &expected));
	spoilt = last_proof;
	spoil(&bytes, &spoilt);
	HOLDS((proof_between(&first_proof, first, &spoilt, last, leaves[first], index, size, root, &found) == 0) == same(&spoilt, &last_proof));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = {data, size};

	as_inclusion(bytes);
	as_consistency(bytes);
	as_between(bytes);
	return 0;
}
