/*
 * The Merkle tree of RFC 6962 section 2.1 (SHA-256), kept as its frontier: appending needs no stored node.
 * Tiles are those of C2SP tlog-tiles: 256 hashes wide, full ones only.
 */
#ifndef WIRE_TREE_H
#define WIRE_TREE_H

#include <stddef.h>
#include <stdint.h>

#define TREE_HASH 32
#define TREE_TILE_WIDTH 256
#define TREE_LEVELS 8 /* tile levels: 2^64 leaves */

struct tree {
	uint64_t size;
	unsigned char (*tile)[TREE_TILE_WIDTH][TREE_HASH]; /* [TREE_LEVELS]: the open tile of each level */
};

/* A tile that an append filled. hashes points into the tree and is valid until the next append. */
struct tile {
	unsigned level;
	uint64_t index;
	const unsigned char *hashes; /* TREE_TILE_WIDTH * TREE_HASH bytes */
};

void tree_hash_leaf(const void *leaf, size_t length, unsigned char hash[TREE_HASH]);
void tree_hash_node(const unsigned char left[TREE_HASH], const unsigned char right[TREE_HASH], unsigned char hash[TREE_HASH]);

/* An empty tree (aborts out of memory); tree_copy makes dst equal to src, both initialised. */
void tree_init(struct tree *tree);
void tree_copy(struct tree *dst, const struct tree *src);
void tree_clear(struct tree *tree);

/* Appends a leaf's hash. full is called for each tile that this fills, lowest level first; may be NULL. */
typedef void tree_full_fn(void *arg, const struct tile *tile);
void tree_append(struct tree *tree, const unsigned char hash[TREE_HASH], tree_full_fn *full, void *arg);

/* Root of the tree; of an empty one SHA-256 of nothing. */
void tree_root(const struct tree *tree, unsigned char root[TREE_HASH]);

/* Rebuilds a tree's open tiles: hashes of the leaves since the last full tile of level 0 go through
 * tree_append(); open tiles of higher levels are set from the roots of full tiles below. Used at start-up.
 * level >= 1; count < TREE_TILE_WIDTH hashes. Sets nothing else. */
void tree_set_open(struct tree *tree, unsigned level, const unsigned char *hashes, unsigned count);
void tree_tile_root(const unsigned char *hashes, unsigned char root[TREE_HASH]);

#endif
