/* Leaves, tree and checkpoint of a batch; see seal.h. */
#include "daemon/seal.h"

#include "daemon/leaf_lines.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"
#include "wire/note.h"
#include "wire/sha256.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct seal {
	const struct keys *keys;
	const char *origin;
	struct kept *kept;
	struct tree committed, working;
	struct peaks peaks;     /* of committed */
	struct head head;       /* of committed */
	struct head pending;    /* of working, set by seal_write */
	struct sealed *sealed;  /* since seal_begin */
	unsigned char (*tiles)[TREE_TILE_WIDTH * TREE_HASH];
	struct tile *places; /* level and index of each of tiles */
	size_t tile_count;
};

struct seal *seal_new(const struct keys *keys, const char *origin, struct kept *kept)
{
	struct seal *seal = xcalloc(1, sizeof(*seal));

	seal->keys = keys;
	seal->origin = origin;
	seal->kept = kept;
	tree_init(&seal->committed);
	tree_init(&seal->working);
	tree_root(&seal->committed, seal->head.root);
	return seal;
}

struct seal *seal_free(struct seal *seal)
{
	if (!seal)
		return NULL;
	sealed_release(seal->sealed);
	free(seal->tiles);
	free(seal->places);
	tree_clear(&seal->committed);
	tree_clear(&seal->working);
	free(seal);
	return NULL;
}

static struct head with_keys(const struct seal *seal, struct head head)
{
	head.keys = seal->keys->changes;
	return head;
}

struct head seal_head(const struct seal *seal)
{
	return with_keys(seal, seal->head);
}

struct head seal_pending(const struct seal *seal)
{
	return with_keys(seal, seal->pending);
}

const char *seal_origin(const struct seal *seal)
{
	return seal->origin;
}

struct kept *seal_kept(const struct seal *seal)
{
	return seal->kept;
}

/* The full tiles under an open tile of a higher level, gathered until all are there. */
struct open_tile {
	unsigned char roots[TREE_TILE_WIDTH][TREE_HASH];
	unsigned count;
};

/* Open tiles come first, because appending leaves may carry into them. */
static int load_rows(struct tree *tree, const struct db_result *rows, struct head *ret_head)
{
	struct open_tile open[TREE_LEVELS] = { 0 };
	unsigned char *tile = xmalloc(TREE_TILE_WIDTH * TREE_HASH), hash[TREE_HASH];
	uint64_t size = 0;
	int bad = 0;

	for (int i = 0; i < db_result_rows(rows) && !bad; i++) {
		int level = atoi(db_result_text(rows, i, 0, NULL));

		if (level == -1) {
			size = strtoull(db_result_text(rows, i, 1, NULL), NULL, 10);
			bad = size > 0 && db_result_bytea(rows, i, 2, ret_head->root, TREE_HASH) != TREE_HASH;
		} else if (level > 0) {
			bad = level >= TREE_LEVELS || open[level].count == TREE_TILE_WIDTH - 1 ||
			      db_result_bytea(rows, i, 2, tile, TREE_TILE_WIDTH * TREE_HASH) != TREE_TILE_WIDTH * TREE_HASH;
			if (!bad)
				tree_tile_root(tile, open[level].roots[open[level].count++]);
		}
	}
	for (unsigned level = 1; level < TREE_LEVELS && !bad; level++)
		tree_set_open(tree, level, open[level].roots[0], open[level].count);
	tree->size = size / TREE_TILE_WIDTH * TREE_TILE_WIDTH;
	for (int i = 0; i < db_result_rows(rows) && !bad; i++) {
		if (atoi(db_result_text(rows, i, 0, NULL)) != 0)
			continue;
		bad = db_result_bytea(rows, i, 2, hash, TREE_HASH) != TREE_HASH;
		if (!bad)
			tree_append(tree, hash, NULL, NULL);
	}
	free(tile);
	ret_head->size = size;
	return bad || tree->size != size ? -1 : 0;
}

int seal_load(struct seal *seal, const struct db_result *rows)
{
	struct tree tree;
	struct head head = { 0 };
	unsigned char root[TREE_HASH];
	int status;

	tree_init(&tree);
	status = load_rows(&tree, rows, &head);
	if (status == 0) {
		tree_root(&tree, root);
		if (head.size == 0)
			memcpy(head.root, root, TREE_HASH);
		status = memcmp(root, head.root, TREE_HASH) == 0 ? 0 : -1;
	}
	if (status == 0) {
		tree_copy(&seal->committed, &tree);
		peaks_of_tree(&tree, &seal->peaks);
		seal->head = head;
	}
	tree_clear(&tree);
	return status;
}

void seal_begin(struct seal *seal)
{
	tree_copy(&seal->working, &seal->committed);
	sealed_release(seal->sealed);
	seal->sealed = sealed_new(seal->committed.size);
	seal->tile_count = 0;
}

static void on_full_tile(void *arg, const struct tile *tile)
{
	struct seal *seal = arg;

	seal->tiles = xrealloc(seal->tiles, (seal->tile_count + 1) * sizeof(*seal->tiles));
	seal->places = xrealloc(seal->places, (seal->tile_count + 1) * sizeof(*seal->places));
	memcpy(seal->tiles[seal->tile_count], tile->hashes, sizeof(*seal->tiles));
	seal->places[seal->tile_count++] = *tile;
}

static void hash_text(const char *text, char out[BASE64URL_LENGTH(SHA256_BYTES) + 1])
{
	unsigned char hash[SHA256_BYTES];

	sha256(text, strlen(text), hash);
	base64url_encode(hash, sizeof(hash), out);
}

/* Takes bytes over. */
static int add_leaf(struct seal *seal, char *bytes, size_t length)
{
	sealed_add(seal->sealed, bytes, length);
	if (length > LEAF_MAX)
		return -1;
	tree_append(&seal->working, seal->sealed->hashes[seal->sealed->count - 1], on_full_tile, seal);
	return 0;
}

static void complete_leaf(json_t *leaf, const struct seal_author *author, const char *request)
{
	json_object_set_new(leaf, "v", json_integer(LEAF_VERSION));
	json_object_set_new(leaf, "kid", json_string(author->kid));
	json_object_set_new(leaf, "request", json_string(request));
	if (!json_object_get(leaf, "kind"))
		json_object_set_new(leaf, "kind", json_string(author->op));
	if (!json_object_get(leaf, "recorded_at"))
		json_object_set_new(leaf, "recorded_at", json_string(author->recorded_at));
}

int seal_add(struct seal *seal, json_t *leaves, const struct seal_author *author)
{
	char request[BASE64URL_LENGTH(32) + 1], result[BASE64URL_LENGTH(SHA256_BYTES) + 1];
	size_t i;
	json_t *leaf;

	if (author->first != seal->working.size)
		return -1;
	base64url_encode(author->request_hash, 32, request);
	hash_text(author->result, result);
	json_array_foreach(leaves, i, leaf) {
		size_t length;
		char *bytes;

		complete_leaf(leaf, author, request);
		if (i == 0)
			json_object_set_new(leaf, "result", json_string(result));
		bytes = json_canonical(leaf, &length);
		if (add_leaf(seal, bytes, length) != 0)
			return -1;
	}
	return 0;
}

static int on_leaf(void *arg, char *bytes, size_t length)
{
	return add_leaf(arg, bytes, length);
}

int seal_add_lines(struct seal *seal, const char *lines, size_t length, const struct seal_author *author)
{
	char request[BASE64URL_LENGTH(32) + 1], result[BASE64URL_LENGTH(SHA256_BYTES) + 1];
	const struct leaf_author by = { .kid = author->kid, .request = request, .result = result };

	if (author->first != seal->working.size)
		return -1;
	base64url_encode(author->request_hash, 32, request);
	hash_text(author->result, result);
	return leaf_lines_each(lines, length, &by, on_leaf, seal);
}

size_t seal_count(const struct seal *seal)
{
	return seal->sealed->count;
}

struct sealed *seal_last(const struct seal *seal)
{
	return seal->sealed;
}

static void bodies_of(const struct sealed *sealed, struct db_array *ret)
{
	db_array_init(ret, DB_BYTEA);
	for (size_t i = 0; i < sealed->count; i++)
		db_array_add(ret, sealed->leaves[i].bytes, sealed->leaves[i].length);
}

/* The tiles that the batch filled, and the root of each. */
static void tiles_of(const struct seal *seal, struct db_array *hashes, struct db_array *roots)
{
	db_array_init(hashes, DB_BYTEA);
	db_array_init(roots, DB_BYTEA);
	for (size_t i = 0; i < seal->tile_count; i++) {
		const struct tile *place = &seal->places[i];

		db_array_add(hashes, seal->tiles[i], sizeof(seal->tiles[i]));
		db_array_add(roots, span_tile_root(seal->sealed->span, place->level, place->index), TREE_HASH);
	}
}

/* "{0,0,1}" of the tiles' levels or indexes. */
static char *places_text(const struct seal *seal, bool levels)
{
	char *text = xmalloc(3 + 21 * seal->tile_count), *at = text;

	*at++ = '{';
	for (size_t i = 0; i < seal->tile_count; i++)
		at += sprintf(at, "%s%" PRIu64, i ? "," : "", levels ? seal->places[i].level : seal->places[i].index);
	strcpy(at, "}");
	return text;
}

/* The checkpoint after the batch: a line of every log key in force. Gives the lines' length. */
static size_t sign(struct seal *seal, unsigned char lines[KEYS_LOG_MAX * NOTE_LINE])
{
	const struct keys *keys = seal->keys;
	const struct head *head = &seal->pending;
	char note[NOTE_MAX];

	for (unsigned i = 0; i < keys->logs; i++) {
		note_id(keys->log[i], seal->origin, lines + i * NOTE_LINE);
		note_sign(keys->log[i], seal->origin, head->size, head->root, lines + i * NOTE_LINE + NOTE_ID);
	}
	note_write_lines(seal->origin, head->size, head->root, lines, keys->logs, note);
	seal->sealed->note = xstrdup(note);
	return keys->logs * (size_t)NOTE_LINE;
}

void seal_write(struct seal *seal, struct db *db, db_result_fn *fn, void *arg)
{
	_cleanup_free_ char *levels = places_text(seal, true), *indexes = places_text(seal, false);
	struct sealed *sealed = seal->sealed;
	unsigned char lines[KEYS_LOG_MAX * NOTE_LINE];
	struct db_array bodies, hashes, roots;
	size_t lines_length;
	char first[24], size[24];

	sealed->span = span_new(&seal->peaks, sealed->hashes[0], sealed->count);
	seal->pending.size = seal->working.size;
	span_root(sealed->span, seal->pending.root);
	lines_length = sign(seal, lines);
	bodies_of(sealed, &bodies);
	tiles_of(seal, &hashes, &roots);
	snprintf(first, sizeof(first), "%" PRIu64, seal->head.size);
	snprintf(size, sizeof(size), "%" PRIu64, seal->pending.size);
	const struct db_value values[] = {
		{ .bytes = first }, db_array_value(&bodies), { .bytes = levels }, { .bytes = indexes }, db_array_value(&hashes), { .bytes = size },
		{ .bytes = seal->pending.root, .length = TREE_HASH, .binary = true },
		{ .bytes = lines, .length = lines_length, .binary = true }, db_array_value(&roots),
	};
	db_query(db, "seal", values, 9, fn, arg);
	db_array_clear(&bodies);
	db_array_clear(&hashes);
	db_array_clear(&roots);
}

void seal_commit(struct seal *seal)
{
	struct tree spare = seal->committed;

	seal->committed = seal->working;
	seal->working = spare;
	span_peaks(seal->sealed->span, &seal->peaks);
	seal->head = seal->pending;
}

void seal_keep(const struct seal *seal, const struct sealed *sealed)
{
	if (seal->kept)
		kept_write(seal->kept, seal->head.size, seal->head.root, sealed->note);
}
