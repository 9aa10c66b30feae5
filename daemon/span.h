/*
 * The part of the log's tree that a commit added: enough to prove each of its leaves, computed once for all of them.
 *
 * At each height the perfect subtrees from the one left of the first new one (when that is a right child) to the last: a
 * node for each new leaf in all and one more for each height. A span never changes: any thread may read it.
 */
#ifndef DAEMON_SPAN_H
#define DAEMON_SPAN_H

#include "wire/proof.h"
#include "wire/tree.h"

#include <stddef.h>
#include <stdint.h>

#define SPAN_HEIGHTS 64

/* Roots of the perfect subtrees that a tree of some size is made of: by height, where that bit of the size is set. */
struct peaks {
	uint64_t size;
	unsigned char roots[SPAN_HEIGHTS][TREE_HASH];
};

void peaks_of_tree(const struct tree *tree, struct peaks *ret);

struct span;

/* From a tree's peaks and the hashes of the leaves that come next (count > 0), copied. */
struct span *span_new(const struct peaks *before, const unsigned char *hashes, size_t count);
struct span *span_free(struct span *span); /* accepts NULL, returns NULL */

void span_root(const struct span *span, unsigned char root[TREE_HASH]);
void span_peaks(const struct span *span, struct peaks *ret);

/* The root of a full tile that the span filled. */
const unsigned char *span_tile_root(const struct span *span, unsigned level, uint64_t index);

/* Proves one of the span's leaves in the tree after it. */
void span_prove(const struct span *span, uint64_t index, struct proof *ret);

#endif
