/*
 * The log's hash tree made again from the leaves, and compared with the tiles that came with them (if any did).
 *
 * Of a whole log every leaf is appended; where a leaf and its tile differ, the tile above (or the signed root) tells which of
 * them was changed. Of a part of a log each leaf is compared with its tile, and each tile once with the one above it.
 */
#ifndef AUDIT_TILES_H
#define AUDIT_TILES_H

#include "audit/finding.h"
#include "wire/proof.h"
#include "wire/tree.h"

#include <stdbool.h>
#include <stdint.h>

struct tiles {
	/* set by the caller */
	struct findings *findings;
	proof_tile_fn *tile; /* NULL: there are no tiles */
	void *arg;
	bool partial;
	uint64_t size; /* of the checkpoint, and its root */
	unsigned char root[TREE_HASH];
	uint64_t before_size; /* an earlier checkpoint, 0: none */
	unsigned char before_root[TREE_HASH];
	/* by tiles_...() */
	struct tree tree; /* of a whole log: as far as it has come */
	unsigned char pending[TREE_TILE_WIDTH][TREE_HASH]; /* leaves that wait for their tile to be full */
	unsigned width;
	bool before_seen, before_broken;
	uint64_t tied[TREE_LEVELS]; /* of each level: one more than the last tile that was compared with the one above it */
	uint64_t wrong; /* findings of leaves or tiles */
	uint64_t lost;  /* missing leaves without a tile */
	bool beyond;    /* a leaf was beyond the checkpoint, and that was said */
};

/* tree is initialised already when an earlier audit is gone on with (its size and frontier); otherwise here. After tiles_end() a
 * log may be gone on with by setting a larger size, its root, and beginning again. */
void tiles_begin(struct tiles *tiles);

/* The leaf at an index above the last one's. Of a whole log those between are missing: their hashes come from the tiles. */
void tiles_leaf(struct tiles *tiles, uint64_t index, const unsigned char hash[TREE_HASH]);

/* After the last leaf: the rest, the root, the earlier checkpoint. */
void tiles_end(struct tiles *tiles);
void tiles_clear(struct tiles *tiles);

#endif
