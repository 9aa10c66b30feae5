/* The part of the tree that a commit added; see span.h. */
#include "daemon/span.h"

#include "wire/base.h"
#include "wire/sha256.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The nodes of one height: perfect subtrees only. */
struct row {
	uint64_t first; /* number of nodes[0] among all of this height */
	size_t count;
	unsigned char (*nodes)[TREE_HASH];
};

/* What is right of the last perfect subtree of a height, as one hash. */
struct edge {
	bool there;
	unsigned char hash[TREE_HASH];
};

struct span {
	uint64_t size;
	struct row rows[SPAN_HEIGHTS];
	struct edge edges[SPAN_HEIGHTS + 1];
};

/* Of a power of two of hashes, at most a tile's half. */
static void perfect_root(const unsigned char *hashes, size_t count, unsigned char root[TREE_HASH])
{
	unsigned char level[TREE_TILE_WIDTH][TREE_HASH];

	memcpy(level, hashes, count * TREE_HASH);
	for (; count > 1; count /= 2)
		for (size_t i = 0; i < count / 2; i++)
			tree_hash_node(level[2 * i], level[2 * i + 1], level[i]);
	memcpy(root, level[0], TREE_HASH);
}

void peaks_of_tree(const struct tree *tree, struct peaks *ret)
{
	*ret = (struct peaks){ .size = tree->size };
	for (unsigned height = 0; height < SPAN_HEIGHTS && tree->size >> height; height++) {
		unsigned level = height / 8, count = 1U << height % 8;
		unsigned end = (unsigned)(tree->size >> 8 * level) % TREE_TILE_WIDTH & ~(count - 1);

		if (tree->size >> height & 1)
			perfect_root(tree->tile[level][end - count], count, ret->roots[height]);
	}
}

/* Where the row of a height begins: at a left child, so that every new node above has both its children here. */
static uint64_t row_first(uint64_t before, unsigned height)
{
	return before >> height & ~UINT64_C(1);
}

static const unsigned char *node(const struct span *span, unsigned height, uint64_t index)
{
	const struct row *row = &span->rows[height];

	if (index < row->first || index - row->first >= row->count)
		BUG("a span without the node that is asked for");
	return row->nodes[index - row->first];
}

static void row_init(struct row *row, const struct peaks *before, uint64_t size, unsigned height)
{
	row->first = row_first(before->size, height);
	row->count = (size_t)((size >> height) - row->first);
	row->nodes = xmalloc((row->count + 1) * TREE_HASH);
	if (before->size >> height & 1)
		memcpy(row->nodes[0], before->roots[height], TREE_HASH);
}

static void make_rows(struct span *span, const struct peaks *before, const unsigned char *hashes, size_t count)
{
	row_init(&span->rows[0], before, span->size, 0);
	memcpy(span->rows[0].nodes[before->size & 1], hashes, count * TREE_HASH);
	for (unsigned height = 1; height < SPAN_HEIGHTS && span->size >> height; height++) {
		struct row *row = &span->rows[height];

		row_init(row, before, span->size, height);
		for (uint64_t index = before->size >> height; index < span->size >> height; index++)
			tree_hash_node(node(span, height - 1, 2 * index), node(span, height - 1, 2 * index + 1), row->nodes[index - row->first]);
	}
}

/* From the smallest perfect subtree, at the right, to the largest. */
static void make_edges(struct span *span)
{
	for (unsigned height = 0; height < SPAN_HEIGHTS && span->size >> height; height++) {
		const struct edge *below = &span->edges[height];
		struct edge *edge = &span->edges[height + 1];
		const unsigned char *peak;

		*edge = *below;
		if (!(span->size >> height & 1))
			continue;
		peak = node(span, height, (span->size >> height) - 1);
		if (below->there)
			tree_hash_node(peak, below->hash, edge->hash);
		else
			memcpy(edge->hash, peak, TREE_HASH);
		edge->there = true;
	}
}

struct span *span_new(const struct peaks *before, const unsigned char *hashes, size_t count)
{
	struct span *span = xcalloc(1, sizeof(*span));

	span->size = before->size + count;
	make_rows(span, before, hashes, count);
	make_edges(span);
	return span;
}

struct span *span_free(struct span *span)
{
	for (unsigned height = 0; span && height < SPAN_HEIGHTS; height++)
		free(span->rows[height].nodes);
	free(span);
	return NULL;
}

static unsigned height_of(uint64_t size)
{
	unsigned height = 0;

	while (height < SPAN_HEIGHTS && size >> height)
		height++;
	return height;
}

void span_root(const struct span *span, unsigned char root[TREE_HASH])
{
	memcpy(root, span->edges[height_of(span->size)].hash, TREE_HASH);
}

void span_peaks(const struct span *span, struct peaks *ret)
{
	*ret = (struct peaks){ .size = span->size };
	for (unsigned height = 0; height < SPAN_HEIGHTS; height++)
		if (span->size >> height & 1)
			memcpy(ret->roots[height], node(span, height, (span->size >> height) - 1), TREE_HASH);
}

const unsigned char *span_tile_root(const struct span *span, unsigned level, uint64_t index)
{
	return node(span, 8 * (level + 1), index);
}

/* RFC 6962 section 2.1.1, from the leaf upwards: at each height the sibling, perfect, or what there is right of the last perfect one. */
void span_prove(const struct span *span, uint64_t index, struct proof *ret)
{
	ret->count = 0;
	for (unsigned height = 0; height < SPAN_HEIGHTS && (span->size - 1) >> height; height++) {
		uint64_t at = index >> height, sibling = at ^ 1;
		const unsigned char *hash;

		if (sibling > (span->size - 1) >> height)
			continue;
		hash = sibling < span->size >> height ? node(span, height, sibling) : span->edges[height].hash;
		memcpy(ret->hashes[ret->count++], hash, TREE_HASH);
	}
}

