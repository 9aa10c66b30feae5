/* Leaves, tree and checkpoint of a batch; see seal.h. */
#include "daemon/seal.h"

#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"
#include "wire/note.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes {
	void *data;
	size_t length;
};

/* Leaves or tiles, in order. */
struct list {
	struct bytes *items;
	size_t count, room;
};

struct seal {
	const struct key *key;
	const char *origin, *path;
	struct head kept; /* the checkpoint that the file at path held at start; size 0: none */
	unsigned char signature[NOTE_SIGNATURE]; /* of pending */
	struct tree committed, working;
	struct head head;    /* of committed */
	struct head pending; /* of working, set by seal_write */
	struct list leaves, tiles;
	struct tile *places; /* level and index of each of tiles */
};

static void list_add(struct list *list, void *data, size_t length)
{
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 64;
		list->items = xrealloc(list->items, list->room * sizeof(*list->items));
	}
	list->items[list->count++] = (struct bytes){ data, length };
}

static void list_clear(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].data);
	list->count = 0;
}

/* 0 with the checkpoint of the file, size 0 when there is no file; -1 when it is not this key's. */
static int read_kept(const struct seal *seal, struct head *ret_kept)
{
	char text[NOTE_MAX] = "", verifier[NOTE_MAX];
	FILE *file = fopen(seal->path, "re");
	size_t length;

	if (!file)
		return errno == ENOENT ? 0 : -1;
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	if (!text[0]) { /* what a loss of power can leave of a file that was just renamed */
		fprintf(stderr, "lovebankd: %s is empty: which commits were acknowledged is not known any more\n", seal->path);
		return 0;
	}
	note_verifier(seal->key, seal->origin, verifier);
	return note_verify(verifier, text, &ret_kept->size, ret_kept->root);
}

struct seal *seal_new(const struct key *key, const char *origin, const char *path, char **ret_error)
{
	struct seal *seal = xcalloc(1, sizeof(*seal));

	seal->key = key;
	seal->origin = origin;
	seal->path = path;
	tree_init(&seal->committed);
	tree_init(&seal->working);
	tree_root(&seal->committed, seal->head.root);
	if (!path || read_kept(seal, &seal->kept) == 0)
		return seal;
	*ret_error = xasprintf("%s is not a checkpoint of this ledger's log key; see docs/operating.md before you move it away", path);
	return seal_free(seal);
}

static int write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	int status = file && fputs(text, file) >= 0 ? 0 : -1;

	return file && fclose(file) == 0 ? status : -1;
}

/* A checkpoint that cannot be kept is behind, never ahead: the database is still served. */
static void keep(const struct seal *seal)
{
	char text[NOTE_MAX];
	_cleanup_free_ char *fresh = xasprintf("%s.new", seal->path);

	note_write(seal->key, seal->origin, seal->head.size, seal->head.root, seal->signature, text);
	if (write_file(fresh, text) != 0 || rename(fresh, seal->path) != 0)
		fprintf(stderr, "lovebankd: the checkpoint cannot be kept in %s: %s\n", seal->path, strerror(errno));
}

void seal_ask_kept(const struct seal *seal, struct db *db, db_result_fn *fn, void *arg)
{
	char size[24];

	snprintf(size, sizeof(size), "%" PRIu64, seal->kept.size);
	db_query(db, "root_at", &(struct db_value){ .bytes = size }, 1, fn, arg);
}

struct seal *seal_free(struct seal *seal)
{
	if (!seal)
		return NULL;
	list_clear(&seal->leaves);
	list_clear(&seal->tiles);
	free(seal->leaves.items);
	free(seal->tiles.items);
	free(seal->places);
	tree_clear(&seal->committed);
	tree_clear(&seal->working);
	free(seal);
	return NULL;
}

const struct head *seal_head(const struct seal *seal)
{
	return &seal->head;
}

const char *seal_origin(const struct seal *seal)
{
	return seal->origin;
}

/* "\x0102..." as PostgreSQL prints bytea. 0 or -1. */
static int read_hex(const char *text, unsigned char *out, size_t length)
{
	if (!text || strncmp(text, "\\x", 2) != 0 || strlen(text) != 2 + 2 * length)
		return -1;
	for (size_t i = 0; i < length; i++) {
		unsigned byte;

		if (sscanf(text + 2 + 2 * i, "%2x", &byte) != 1)
			return -1;
		out[i] = (unsigned char)byte;
	}
	return 0;
}

bool seal_is_kept(const struct seal *seal, const struct db_result *root)
{
	unsigned char there[TREE_HASH];
	const char *text = db_result_rows(root) == 1 ? db_result_text(root, 0, 0, NULL) : NULL;

	if (seal->kept.size == 0)
		return true;
	return read_hex(text, there, TREE_HASH) == 0 && memcmp(there, seal->kept.root, TREE_HASH) == 0;
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
		const char *hashes = db_result_text(rows, i, 2, NULL);

		if (level == -1) {
			size = strtoull(db_result_text(rows, i, 1, NULL), NULL, 10);
			bad = size > 0 && read_hex(hashes, ret_head->root, TREE_HASH);
		} else if (level > 0) {
			bad = level >= TREE_LEVELS || open[level].count == TREE_TILE_WIDTH - 1 ||
			      read_hex(hashes, tile, TREE_TILE_WIDTH * TREE_HASH);
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
		bad = read_hex(db_result_text(rows, i, 2, NULL), hash, TREE_HASH);
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
		seal->head = head;
	}
	tree_clear(&tree);
	return status;
}

void seal_begin(struct seal *seal)
{
	tree_copy(&seal->working, &seal->committed);
	list_clear(&seal->leaves);
	list_clear(&seal->tiles);
}

static void on_full_tile(void *arg, const struct tile *tile)
{
	struct seal *seal = arg;
	size_t length = (size_t)TREE_TILE_WIDTH * TREE_HASH;
	void *copy = xmalloc(length);

	memcpy(copy, tile->hashes, length);
	seal->places = xrealloc(seal->places, (seal->tiles.count + 1) * sizeof(*seal->places));
	seal->places[seal->tiles.count] = *tile;
	list_add(&seal->tiles, copy, length);
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

int seal_add(struct seal *seal, json_t *leaves, uint64_t first, const struct seal_author *author)
{
	char request[BASE64URL_LENGTH(32) + 1];
	unsigned char hash[TREE_HASH];
	size_t i;
	json_t *leaf;

	if (first != seal->working.size)
		return -1;
	base64url_encode(author->request_hash, 32, request);
	json_array_foreach(leaves, i, leaf) {
		size_t length;
		char *body;

		complete_leaf(leaf, author, request);
		body = json_canonical(leaf, &length);
		list_add(&seal->leaves, body, length);
		if (length > LEAF_MAX)
			return -1;
		tree_hash_leaf(body, length, hash);
		tree_append(&seal->working, hash, on_full_tile, seal);
	}
	return 0;
}

size_t seal_count(const struct seal *seal)
{
	return seal->leaves.count;
}

static struct db_value bytea_array(const struct list *list)
{
	const void **items = xmalloc((list->count + 1) * sizeof(*items));
	size_t *lengths = xmalloc((list->count + 1) * sizeof(*lengths));
	struct db_value value;

	for (size_t i = 0; i < list->count; i++) {
		items[i] = list->items[i].data;
		lengths[i] = list->items[i].length;
	}
	value = db_bytea_array(items, lengths, list->count);
	free(items);
	free(lengths);
	return value;
}

/* "{0,0,1}" of the tiles' levels or indexes. */
static char *places_text(const struct seal *seal, bool levels)
{
	char *text = xmalloc(3 + 21 * seal->tiles.count), *at = text;

	*at++ = '{';
	for (size_t i = 0; i < seal->tiles.count; i++)
		at += sprintf(at, "%s%" PRIu64, i ? "," : "", levels ? seal->places[i].level : seal->places[i].index);
	strcpy(at, "}");
	return text;
}

void seal_write(struct seal *seal, struct db *db, db_result_fn *fn, void *arg)
{
	_cleanup_free_ char *levels = places_text(seal, true), *indexes = places_text(seal, false);
	char first[24], size[24];
	struct db_value bodies = bytea_array(&seal->leaves), hashes = bytea_array(&seal->tiles);

	seal->pending.size = seal->working.size;
	tree_root(&seal->working, seal->pending.root);
	note_sign(seal->key, seal->origin, seal->pending.size, seal->pending.root, seal->signature);
	snprintf(first, sizeof(first), "%" PRIu64, seal->head.size);
	snprintf(size, sizeof(size), "%" PRIu64, seal->pending.size);
	const struct db_value values[] = {
		{ .bytes = first }, bodies, { .bytes = levels }, { .bytes = indexes }, hashes, { .bytes = size },
		{ .bytes = seal->pending.root, .length = TREE_HASH, .binary = true },
		{ .bytes = seal->signature, .length = NOTE_SIGNATURE, .binary = true },
	};
	db_query(db, "seal", values, 8, fn, arg);
	free((void *)(uintptr_t)bodies.bytes);
	free((void *)(uintptr_t)hashes.bytes);
}

void seal_commit(struct seal *seal)
{
	struct tree spare = seal->committed;

	seal->committed = seal->working;
	seal->working = spare;
	seal->head = seal->kept = seal->pending;
	if (seal->path)
		keep(seal);
}
