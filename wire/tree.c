#include "wire/tree.h"

#include "wire/base.h"
#include "wire/sha256.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void tree_hash_leaf(const void *leaf, size_t length, unsigned char hash[TREE_HASH])
{
	sha256_pair("\x00", 1, leaf, length, hash);
}

void tree_hash_node(const unsigned char left[TREE_HASH], const unsigned char right[TREE_HASH], unsigned char hash[TREE_HASH])
{
	unsigned char bytes[1 + 2 * TREE_HASH] = {0x01};

	memcpy(bytes + 1, left, TREE_HASH);
	memcpy(bytes + 1 + TREE_HASH, right, TREE_HASH);
	sha256(bytes, sizeof(bytes), hash);
}

void tree_init(struct tree *tree)
{
	tree->size = 0;
	tree->tile = xcalloc(TREE_LEVELS, sizeof(*tree->tile));
}

void tree_copy(struct tree *dst, const struct tree *src)
{
	dst->size = src->size;
	memcpy(dst->tile, src->tile, TREE_LEVELS * sizeof(*src->tile));
}

void tree_clear(struct tree *tree)
{
	free(tree->tile);
	*tree = (struct tree){0};
}

/* Root of a perfect subtree: count is a power of two, at most a tile's width. */
static void perfect_root(const unsigned char *hashes, unsigned count, unsigned char root[TREE_HASH])
{
	unsigned char level[TREE_TILE_WIDTH][TREE_HASH];

	memcpy(level, hashes, (size_t)count * TREE_HASH);
	for (; count > 1; count /= 2)
		for (unsigned i = 0; i < count / 2; i++)
			tree_hash_node(level[2 * i], level[2 * i + 1], level[i]);
	memcpy(root, level[0], TREE_HASH);
}

void tree_tile_root(const unsigned char *hashes, unsigned char root[TREE_HASH])
{
	perfect_root(hashes, TREE_TILE_WIDTH, root);
}

void tree_append(struct tree *tree, const unsigned char hash[TREE_HASH], tree_full_fn *full, void *arg)
{
	unsigned char root[TREE_HASH];
	uint64_t index = tree->size++; /* of what goes into the level */
	struct tile tile = {0};

	memcpy(root, hash, TREE_HASH);
	for (;; tile.level++, index = tile.index) {
		unsigned slot = (unsigned)(index % TREE_TILE_WIDTH);

		memcpy(tree->tile[tile.level][slot], root, TREE_HASH);
		if (slot + 1 < TREE_TILE_WIDTH)
			return;
		tile.index = index / TREE_TILE_WIDTH;
		tile.hashes = tree->tile[tile.level][0];
		if (full)
			full(arg, &tile);
		tree_tile_root(tile.hashes, root);
	}
}

void tree_root(const struct tree *tree, unsigned char root[TREE_HASH])
{
	bool started = false;

	/* Each bit of the size is a perfect subtree; they are joined from the smallest, at the right. */
	for (unsigned bit = 0; bit < 64 && tree->size >> bit; bit++) {
		unsigned level = bit / 8, count = 1u << bit % 8;
		unsigned end = (unsigned)(tree->size >> 8 * level) % TREE_TILE_WIDTH & ~(count - 1);
		unsigned char peak[TREE_HASH];

		if (!(tree->size >> bit & 1))
			continue;
		perfect_root(tree->tile[level][end - count], count, peak);
		if (started)
			tree_hash_node(peak, root, root);
		else
			memcpy(root, peak, TREE_HASH);
		started = true;
	}
	if (!started)
		sha256("", 0, root);
}

void tree_set_open(struct tree *tree, unsigned level, const unsigned char *hashes, unsigned count)
{
	if (level < 1 || level >= TREE_LEVELS || count >= TREE_TILE_WIDTH)
		BUG("open tile of level %u with %u hashes", level, count);
	memcpy(tree->tile[level], hashes, (size_t)count * TREE_HASH);
}
