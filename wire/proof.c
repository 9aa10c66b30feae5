#include "wire/proof.h"

#include "wire/base.h"
#include "wire/sha256.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Every proof is a list of subtree roots, of leaves start .. end - 1 each: which they are follows from the sizes alone. */
struct range {
	uint64_t start, end;
};

struct ranges {
	unsigned count;
	struct range at[PROOF_MAX + 1];
};

/* Where hashes come from. */
struct source {
	proof_tile_fn *tile;
	void *arg;
	uint64_t size; /* of the tree that the tiles are of */
};

static bool is_power(uint64_t n)
{
	return !(n & (n - 1));
}

/* The leaves at the left of a tree's two halves: the largest power of two below count, which is 2 at least. */
static uint64_t split(uint64_t count)
{
	return UINT64_C(1) << (63 - __builtin_clzll(count - 1));
}

static void turn_round(struct ranges *ranges)
{
	for (unsigned i = 0; i < ranges->count / 2; i++) {
		struct range swap = ranges->at[i];

		ranges->at[i] = ranges->at[ranges->count - 1 - i];
		ranges->at[ranges->count - 1 - i] = swap;
	}
}

/* PATH(index, D[size]) of RFC 6962 section 2.1.1. */
static void inclusion_ranges(uint64_t index, uint64_t size, struct ranges *ranges)
{
	struct range in = {0, size};

	ranges->count = 0;
	while (in.end - in.start > 1) {
		uint64_t middle = in.start + split(in.end - in.start);

		if (index < middle) {
			ranges->at[ranges->count++] = (struct range){middle, in.end};
			in.end = middle;
		} else {
			ranges->at[ranges->count++] = (struct range){in.start, middle};
			in.start = middle;
		}
	}
	turn_round(ranges);
}

/* PROOF(before, D[size]) of RFC 6962 section 2.1.2. */
static void consistency_ranges(uint64_t before, uint64_t size, struct ranges *ranges)
{
	struct range in = {0, size};

	ranges->count = 0;
	if (!before)
		return;
	while (in.end != before) {
		uint64_t middle = in.start + split(in.end - in.start);

		if (before <= middle) {
			ranges->at[ranges->count++] = (struct range){middle, in.end};
			in.end = middle;
		} else {
			ranges->at[ranges->count++] = (struct range){in.start, middle};
			in.start = middle;
		}
	}
	if (in.start) /* otherwise it is the root before, which is known */
		ranges->at[ranges->count++] = in;
	turn_round(ranges);
}

unsigned proof_tile_width(unsigned level, uint64_t index, uint64_t size)
{
	uint64_t count = level < TREE_LEVELS ? size >> 8 * level : 0;

	if (index < count / TREE_TILE_WIDTH)
		return TREE_TILE_WIDTH;
	return index == count / TREE_TILE_WIDTH ? (unsigned)(count % TREE_TILE_WIDTH) : 0;
}

/*
 * Nodes inside of tiles, so that proofs of one commit, which share most of their tiles, do not hash these again. Node 1 is a
 * tile's root, nodes 2n and 2n + 1 are below node n, and the last 256 are the tile's own hashes. A node is what its hashes
 * make, whatever tile they came in: they are compared, so nothing here can be out of date.
 */
struct memo {
	unsigned char node[2 * TREE_TILE_WIDTH][TREE_HASH];
	bool known[TREE_TILE_WIDTH];
};

/* A thread's own, of some tiles of each level that stand beside each other: a commit may fill some. */
struct memos {
	struct memo of[TREE_LEVELS][4];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t memos_key;

static void make_key(void)
{
	if (pthread_key_create(&memos_key, free) != 0)
		BUG("no key for a thread's memos");
}

static struct memo *memo_of(unsigned level, uint64_t index)
{
	struct memos *memos;

	pthread_once(&once, make_key);
	memos = pthread_getspecific(memos_key);
	if (!memos) {
		memos = xcalloc(1, sizeof(*memos));
		if (pthread_setspecific(memos_key, memos) != 0)
			BUG("no memos for a thread");
	}
	return &memos->of[level][index % 4];
}

/* Remembers a tile's hash; what was above another one is forgotten. */
static void remember(struct memo *memo, unsigned node, const unsigned char *hash)
{
	if (!memcmp(memo->node[node], hash, TREE_HASH))
		return;
	memcpy(memo->node[node], hash, TREE_HASH);
	while (node /= 2)
		memo->known[node] = false;
}

/* Makes the node above count hashes that stand in a tile known, slot the first one's. */
static void make_known(struct memo *memo, const unsigned char *hashes, unsigned slot, unsigned count)
{
	unsigned node = (TREE_TILE_WIDTH + slot) / count;

	if (count == 1) {
		remember(memo, node, hashes);
		return;
	}
	if (memo->known[node] && !memcmp(memo->node[TREE_TILE_WIDTH + slot], hashes, (size_t)count * TREE_HASH))
		return;
	make_known(memo, hashes, slot, count / 2);
	make_known(memo, hashes + (size_t)count / 2 * TREE_HASH, slot + count / 2, count / 2);
	tree_hash_node(memo->node[2 * node], memo->node[2 * node + 1], memo->node[node]);
	memo->known[node] = true;
}

/* Root of a perfect subtree, from the tile that has it within. */
static int perfect(const struct source *source, const struct range *range, unsigned char root[TREE_HASH])
{
	unsigned height = (unsigned)__builtin_ctzll(range->end - range->start);
	unsigned level = height / 8, count = 1u << height % 8;
	uint64_t first = range->start >> 8 * level;
	uint64_t index = first / TREE_TILE_WIDTH;
	unsigned slot = (unsigned)(first % TREE_TILE_WIDTH);
	const unsigned char *hashes = source->tile(source->arg, level, index, proof_tile_width(level, index, source->size));
	struct memo *memo;

	if (!hashes)
		return -1;
	memo = memo_of(level, index);
	make_known(memo, hashes + (size_t)slot * TREE_HASH, slot, count);
	memcpy(root, memo->node[(TREE_TILE_WIDTH + slot) / count], TREE_HASH);
	return 0;
}

static int range_root(const struct source *source, const struct range *range, unsigned char root[TREE_HASH])
{
	uint64_t middle;
	unsigned char right[TREE_HASH];

	if (is_power(range->end - range->start))
		return perfect(source, range, root);
	middle = range->start + split(range->end - range->start);
	if (perfect(source, &(struct range){range->start, middle}, root) < 0 ||
	    range_root(source, &(struct range){middle, range->end}, right) < 0)
		return -1;
	tree_hash_node(root, right, root);
	return 0;
}

static int make(const struct source *source, const struct ranges *ranges, struct proof *ret)
{
	for (unsigned i = 0; i < ranges->count; i++)
		if (range_root(source, &ranges->at[i], ret->hashes[i]) < 0)
			return -1;
	ret->count = ranges->count;
	return 0;
}

int proof_inclusion(proof_tile_fn *tile, void *arg, uint64_t index, uint64_t size, struct proof *ret)
{
	struct ranges ranges;

	if (index >= size)
		return -1;
	inclusion_ranges(index, size, &ranges);
	return make(&(struct source){tile, arg, size}, &ranges, ret);
}

int proof_consistency(proof_tile_fn *tile, void *arg, uint64_t before, uint64_t size, struct proof *ret)
{
	struct ranges ranges;

	if (before > size)
		return -1;
	consistency_ranges(before, size, &ranges);
	return make(&(struct source){tile, arg, size}, &ranges, ret);
}

int proof_root(proof_tile_fn *tile, void *arg, uint64_t size, unsigned char root[TREE_HASH])
{
	if (size)
		return range_root(&(struct source){tile, arg, size}, &(struct range){0, size}, root);
	sha256("", 0, root);
	return 0;
}

int proof_check_inclusion(const struct proof *proof, const unsigned char leaf_hash[TREE_HASH], uint64_t index, uint64_t size,
			  const unsigned char root[TREE_HASH])
{
	unsigned char hash[TREE_HASH];
	struct ranges ranges;

	if (index >= size)
		return -1;
	inclusion_ranges(index, size, &ranges);
	if (proof->count != ranges.count)
		return -1;
	memcpy(hash, leaf_hash, TREE_HASH);
	for (unsigned i = 0; i < ranges.count; i++)
		if (ranges.at[i].start > index)
			tree_hash_node(hash, proof->hashes[i], hash);
		else
			tree_hash_node(proof->hashes[i], hash, hash);
	return memcmp(hash, root, TREE_HASH) ? -1 : 0;
}

/* A root of the empty tree is that of nothing, whatever comes after. */
static int check_from_nothing(const struct proof *proof, const unsigned char before_root[TREE_HASH], uint64_t size,
			      const unsigned char root[TREE_HASH])
{
	unsigned char nothing[TREE_HASH];

	sha256("", 0, nothing);
	return proof->count || memcmp(before_root, nothing, TREE_HASH) || (!size && memcmp(root, nothing, TREE_HASH)) ? -1 : 0;
}

int proof_check_consistency(const struct proof *proof, uint64_t before, const unsigned char before_root[TREE_HASH],
			    uint64_t size, const unsigned char root[TREE_HASH])
{
	unsigned char old[TREE_HASH], new[TREE_HASH];
	struct ranges ranges;
	unsigned at = 0;

	if (before > size)
		return -1;
	if (!before)
		return check_from_nothing(proof, before_root, size, root);
	consistency_ranges(before, size, &ranges);
	if (proof->count != ranges.count)
		return -1;
	/* The first is of the last leaves before, unless these are a perfect tree that begins at 0: then it is the old root. */
	memcpy(old, ranges.count && ranges.at[0].end == before ? proof->hashes[at++] : before_root, TREE_HASH);
	memcpy(new, old, TREE_HASH);
	for (; at < ranges.count; at++) {
		if (ranges.at[at].start >= before) {
			tree_hash_node(new, proof->hashes[at], new);
			continue;
		}
		tree_hash_node(proof->hashes[at], old, old);
		tree_hash_node(proof->hashes[at], new, new);
	}
	return memcmp(old, before_root, TREE_HASH) || memcmp(new, root, TREE_HASH) ? -1 : 0;
}

/* What is known in proof_between(): leaves first .. last, and what two proofs say about the rest. */
struct between {
	uint64_t first, last;
	const unsigned char *hashes;
	struct ranges left, right; /* of the first's proof, of the last's */
	const struct proof *left_proof, *right_proof;
};

static int look_up(const struct ranges *ranges, const struct proof *proof, const struct range *range,
		   unsigned char root[TREE_HASH])
{
	for (unsigned i = 0; i < ranges->count; i++) {
		if (ranges->at[i].start != range->start || ranges->at[i].end != range->end)
			continue;
		memcpy(root, proof->hashes[i], TREE_HASH);
		return 0;
	}
	return -1;
}

static int between_root(const struct between *between, const struct range *range, unsigned char root[TREE_HASH])
{
	unsigned char right[TREE_HASH];
	uint64_t middle;

	if (range->end <= between->first)
		return look_up(&between->left, between->left_proof, range, root);
	if (range->start > between->last)
		return look_up(&between->right, between->right_proof, range, root);
	if (range->end - range->start == 1) {
		memcpy(root, between->hashes + (range->start - between->first) * TREE_HASH, TREE_HASH);
		return 0;
	}
	middle = range->start + split(range->end - range->start);
	if (between_root(between, &(struct range){range->start, middle}, root) < 0 ||
	    between_root(between, &(struct range){middle, range->end}, right) < 0)
		return -1;
	tree_hash_node(root, right, root);
	return 0;
}

int proof_between(const struct proof *first_proof, uint64_t first, const struct proof *last_proof, uint64_t last,
		  const unsigned char *hashes, uint64_t index, uint64_t size, const unsigned char root[TREE_HASH], struct proof *ret)
{
	struct between between = {.first = first, .last = last, .hashes = hashes, .left_proof = first_proof, .right_proof = last_proof};
	struct ranges ranges;

	if (index < first || index > last || proof_check_inclusion(first_proof, hashes, first, size, root) < 0 ||
	    proof_check_inclusion(last_proof, hashes + (last - first) * TREE_HASH, last, size, root) < 0)
		return -1;
	inclusion_ranges(first, size, &between.left);
	inclusion_ranges(last, size, &between.right);
	inclusion_ranges(index, size, &ranges);
	for (unsigned i = 0; i < ranges.count; i++)
		if (between_root(&between, &ranges.at[i], ret->hashes[i]) < 0)
			return -1;
	ret->count = ranges.count;
	return proof_check_inclusion(ret, hashes + (index - first) * TREE_HASH, index, size, root);
}
