#include "audit/tiles.h"

#include "wire/base64url.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LOST_MAX 4096 /* leaves without a tile, after which the tree is given up */
#define TEXT (BASE64URL_LENGTH(TREE_HASH) + 1)

static void find(struct tiles *tiles, const char *code, int64_t leaf, const char *table, const unsigned char *expected, const unsigned char *found)
{
	struct place place = PLACE_NONE;
	char texts[2][TEXT];

	place.leaf = leaf;
	place.table = table;
	if (expected)
		base64url_encode(expected, TREE_HASH, texts[0]);
	if (found)
		base64url_encode(found, TREE_HASH, texts[1]);
	findings_add(tiles->findings, code, &place, expected ? texts[0] : NULL, found ? texts[1] : NULL);
	tiles->wrong++;
}

static void find_tile(struct tiles *tiles, unsigned level, uint64_t index, unsigned width, const unsigned char *expected, const unsigned char *found)
{
	char path[PROOF_PATH_MAX];

	proof_tile_path(level, index, width, path);
	find(tiles, "tile_wrong", -1, path, expected, found);
}

static const unsigned char *tile_at(const struct tiles *tiles, unsigned level, uint64_t index)
{
	unsigned width = proof_tile_width(level, index, tiles->size);

	return tiles->tile && width ? tiles->tile(tiles->arg, level, index, width) : NULL;
}

/* The root of a full tile as the tile above has it. */
static bool root_above(const struct tiles *tiles, unsigned level, uint64_t index, unsigned char root[TREE_HASH])
{
	const unsigned char *above = level + 1 < TREE_LEVELS ? tile_at(tiles, level + 1, index / TREE_TILE_WIDTH) : NULL;

	if (above)
		memcpy(root, above + index % TREE_TILE_WIDTH * TREE_HASH, TREE_HASH);
	return above != NULL;
}

/* Tiles of higher levels follow from those below. */
static void on_full(void *arg, const struct tile *made)
{
	struct tiles *tiles = arg;
	const unsigned char *there = made->level ? tile_at(tiles, made->level, made->index) : NULL;

	if (made->level && tiles->tile && (!there || memcmp(there, made->hashes, (size_t)TREE_TILE_WIDTH * TREE_HASH) != 0))
		find_tile(tiles, made->level, made->index, TREE_TILE_WIDTH, NULL, NULL);
}

static void append(struct tiles *tiles, const unsigned char hash[TREE_HASH])
{
	unsigned char root[TREE_HASH];

	tree_append(&tiles->tree, hash, on_full, tiles);
	if (tiles->tree.size != tiles->before_size)
		return;
	tree_root(&tiles->tree, root);
	tiles->before_seen = true;
	tiles->before_broken = memcmp(root, tiles->before_root, TREE_HASH) != 0;
}

/* How many of the pending hashes the tree has already: those of an earlier audit. */
static unsigned in_tree(const struct tiles *tiles)
{
	return (unsigned)(tiles->tree.size % TREE_TILE_WIDTH);
}

/* Whether the tree with these hashes at its end is the signed one: only for the last tile. */
static bool gives_root(const struct tiles *tiles, const unsigned char *hashes, unsigned width)
{
	unsigned char root[TREE_HASH];
	struct tree copy;

	tree_init(&copy);
	tree_copy(&copy, &tiles->tree);
	for (unsigned i = in_tree(tiles); i < width; i++)
		tree_append(&copy, hashes + (size_t)i * TREE_HASH, NULL, NULL);
	tree_root(&copy, root);
	tree_clear(&copy);
	return memcmp(root, tiles->root, TREE_HASH) == 0;
}

/* Whether hashes are the tile that the signed root wants, as far as the tiles above tell. */
static bool is_wanted(const struct tiles *tiles, uint64_t index, const unsigned char *hashes, unsigned width)
{
	unsigned char root[TREE_HASH], above[TREE_HASH];

	if (width < TREE_TILE_WIDTH || !root_above(tiles, 0, index, above))
		return gives_root(tiles, hashes, width);
	tree_tile_root(hashes, root);
	return memcmp(root, above, TREE_HASH) == 0;
}

/* The leaves of a tile are there: says what differs, and appends what is right. */
static void settle(struct tiles *tiles)
{
	uint64_t index = tiles->tree.size / TREE_TILE_WIDTH, first = index * TREE_TILE_WIDTH;
	const unsigned char *there = tile_at(tiles, 0, index), *right = tiles->pending[0];
	unsigned had = in_tree(tiles);
	unsigned char copy[TREE_TILE_WIDTH][TREE_HASH];

	if (tiles->tile && !there)
		find_tile(tiles, 0, index, tiles->width, NULL, NULL);
	if (there && memcmp(there, right, (size_t)tiles->width * TREE_HASH) != 0) {
		memcpy(copy, there, (size_t)tiles->width * TREE_HASH); /* valid until the next call only */
		if (is_wanted(tiles, index, tiles->pending[0], tiles->width)) {
			find_tile(tiles, 0, index, tiles->width, NULL, NULL);
		} else {
			for (unsigned i = 0; i < tiles->width; i++)
				if (memcmp(copy[i], tiles->pending[i], TREE_HASH) != 0)
					find(tiles, "leaf_hash", (int64_t)(first + i), NULL, copy[i], tiles->pending[i]);
			right = copy[0];
		}
	}
	for (unsigned i = had; i < tiles->width; i++)
		append(tiles, right + (size_t)i * TREE_HASH);
	tiles->width = 0;
}

/* Compares a full tile with the one above it, and that one in turn: each once. The last ones give the root. */
static void tie(struct tiles *tiles, unsigned level, uint64_t index)
{
	unsigned char root[TREE_HASH], above[TREE_HASH];
	const unsigned char *there;

	for (; level < TREE_LEVELS && tiles->tied[level] != index + 1; level++, index /= TREE_TILE_WIDTH) {
		tiles->tied[level] = index + 1;
		if (proof_tile_width(level, index, tiles->size) < TREE_TILE_WIDTH)
			return;
		there = tile_at(tiles, level, index);
		if (!there) {
			find_tile(tiles, level, index, TREE_TILE_WIDTH, NULL, NULL);
			return;
		}
		tree_tile_root(there, root);
		if (!root_above(tiles, level, index, above))
			find_tile(tiles, level + 1, index / TREE_TILE_WIDTH,
				  proof_tile_width(level + 1, index / TREE_TILE_WIDTH, tiles->size), NULL, NULL);
		else if (memcmp(root, above, TREE_HASH) != 0)
			find_tile(tiles, level, index, TREE_TILE_WIDTH, above, root);
	}
}

static void partial_leaf(struct tiles *tiles, uint64_t index, const unsigned char hash[TREE_HASH])
{
	const unsigned char *there = tile_at(tiles, 0, index / TREE_TILE_WIDTH);

	if (!there) {
		if (tiles->tied[0] != index / TREE_TILE_WIDTH + 1)
			find_tile(tiles, 0, index / TREE_TILE_WIDTH, proof_tile_width(0, index / TREE_TILE_WIDTH, tiles->size), NULL, NULL);
		tiles->tied[0] = index / TREE_TILE_WIDTH + 1;
		return;
	}
	there += index % TREE_TILE_WIDTH * TREE_HASH;
	if (memcmp(there, hash, TREE_HASH) != 0)
		find(tiles, "leaf_hash", (int64_t)index, NULL, there, hash);
	tie(tiles, 0, index / TREE_TILE_WIDTH);
}

void tiles_begin(struct tiles *tiles)
{
	if (!tiles->tree.tile)
		tree_init(&tiles->tree);
	tiles->width = tiles->tile ? in_tree(tiles) : 0;
	memcpy(tiles->pending, tiles->tree.tile[0], (size_t)tiles->width * TREE_HASH);
}

static void whole_leaf(struct tiles *tiles, const unsigned char hash[TREE_HASH])
{
	if (!tiles->tile) {
		append(tiles, hash);
		return;
	}
	memcpy(tiles->pending[tiles->width++], hash, TREE_HASH);
	if (tiles->width == TREE_TILE_WIDTH)
		settle(tiles);
}

/* Missing leaves stand in the tree by what their tiles hold. */
static void skip_to(struct tiles *tiles, uint64_t index)
{
	static const unsigned char nothing[TREE_HASH];
	uint64_t next = tiles->tile ? tiles->tree.size - in_tree(tiles) + tiles->width : tiles->tree.size;

	for (; next < index; next++) {
		const unsigned char *there = tile_at(tiles, 0, next / TREE_TILE_WIDTH);
		unsigned char hash[TREE_HASH];

		if (!there)
			tiles->lost++;
		memcpy(hash, there ? there + next % TREE_TILE_WIDTH * TREE_HASH : nothing, TREE_HASH);
		if (tiles->lost == LOST_MAX)
			return;
		whole_leaf(tiles, hash);
	}
}

static void say_beyond(struct tiles *tiles, uint64_t index)
{
	struct place place = PLACE_NONE;

	place.leaf = (int64_t)index;
	place.field = "size";
	if (!tiles->beyond)
		findings_add_number(tiles->findings, "root_wrong", &place, (int64_t)tiles->size, (int64_t)index + 1);
	tiles->beyond = true;
}

void tiles_leaf(struct tiles *tiles, uint64_t index, const unsigned char hash[TREE_HASH])
{
	if (index >= tiles->size) {
		say_beyond(tiles, index);
	} else if (tiles->partial) {
		partial_leaf(tiles, index, hash);
	} else {
		skip_to(tiles, index);
		whole_leaf(tiles, hash);
	}
}

/* The open tiles of higher levels, as the tree has them. */
static void check_open(struct tiles *tiles)
{
	for (unsigned level = 1; level < TREE_LEVELS && tiles->tree.size >> 8 * level; level++) {
		uint64_t index = tiles->tree.size >> 8 * (level + 1);
		unsigned width = proof_tile_width(level, index, tiles->size);
		const unsigned char *there = width ? tile_at(tiles, level, index) : NULL;

		if (width && (!there || memcmp(there, tiles->tree.tile[level], (size_t)width * TREE_HASH) != 0))
			find_tile(tiles, level, index, width, NULL, NULL);
	}
}

static void check_whole_root(struct tiles *tiles)
{
	unsigned char root[TREE_HASH];

	skip_to(tiles, tiles->size);
	if (tiles->width > in_tree(tiles))
		settle(tiles);
	if (tiles->tile)
		check_open(tiles);
	tree_root(&tiles->tree, root);
	if (tiles->tree.size == tiles->size && memcmp(root, tiles->root, TREE_HASH) != 0)
		find(tiles, "root_wrong", -1, NULL, tiles->root, root);
}

static void check_partial_root(struct tiles *tiles)
{
	unsigned char root[TREE_HASH];

	if (proof_root(tiles->tile, tiles->arg, tiles->size, root) < 0)
		find(tiles, "tile_wrong", -1, "tile", NULL, NULL);
	else if (memcmp(root, tiles->root, TREE_HASH) != 0)
		find(tiles, "root_wrong", -1, NULL, tiles->root, root);
}

void tiles_end(struct tiles *tiles)
{
	if (tiles->partial)
		check_partial_root(tiles);
	else
		check_whole_root(tiles);
	if (tiles->before_seen && tiles->before_broken)
		find(tiles, "consistency_broken", (int64_t)tiles->before_size - 1, NULL, tiles->before_root, NULL);
}

void tiles_clear(struct tiles *tiles)
{
	tree_clear(&tiles->tree);
}
