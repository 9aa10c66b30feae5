#include "audit/state.h"

#include "audit/act.h"
#include "wire/base.h"
#include "wire/base64url.h"

#include <stdlib.h>
#include <string.h>

#define STATE_VERSION 2

static unsigned open_width(const struct tree *tree, unsigned level)
{
	return (unsigned)(tree->size >> 8 * level & (TREE_TILE_WIDTH - 1));
}

static json_t *save_tree(const struct tree *tree)
{
	json_t *levels = json_array();

	for (unsigned level = 0; level < TREE_LEVELS; level++) {
		size_t length = (size_t)open_width(tree, level) * TREE_HASH;
		_cleanup_free_ char *text = xmalloc(BASE64URL_LENGTH(length) + 1);

		base64url_encode(tree->tile[level], length, text);
		json_array_append_new(levels, json_string(text));
	}
	return levels;
}

json_t *state_save(const struct replay *replay, const struct tree *tree, const char *aud, int64_t generation, const char *store_name)
{
	json_t *last_rows = json_array();

	for (size_t i = 0; numbered_tables[i]; i++)
		json_array_append_new(last_rows, json_pack("[s, I]", numbered_tables[i], (json_int_t)replay->last_rows[i]));
	return json_pack("{s:i, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "v", STATE_VERSION, "aud", aud, "store", store_name,
			 "generation", (json_int_t)generation, "size", (json_int_t)tree->size, "requests", (json_int_t)replay->requests,
			 "entries", (json_int_t)replay->entries, "leaves", (json_int_t)replay->leaves, "lots", (json_int_t)replay->lots,
			 "recorded_us", (json_int_t)replay->recorded_us, "entry_us", (json_int_t)replay->entry_us, "last_rows", last_rows,
			 "tree", save_tree(tree), "registry", registry_save(replay->registry));
}

static int load_level(struct tree *tree, unsigned level, const char *text)
{
	unsigned char hashes[TREE_TILE_WIDTH][TREE_HASH];
	unsigned width = open_width(tree, level);

	if (!text || base64url_decode(text, strlen(text), hashes, sizeof(hashes)) != (ssize_t)width * TREE_HASH)
		return -1;
	memcpy(tree->tile[level], hashes, (size_t)width * TREE_HASH);
	return 0;
}

static int load_tree(const json_t *levels, int64_t size, struct tree *tree)
{
	int result = json_array_size(levels) == TREE_LEVELS && size >= 0 ? 0 : -1;

	tree_init(tree);
	tree->size = (uint64_t)size;
	for (unsigned level = 0; level < TREE_LEVELS && result == 0; level++)
		result = load_level(tree, level, json_string_value(json_array_get(levels, level)));
	if (result < 0)
		tree_clear(tree);
	return result;
}

static void load_numbers(const json_t *state, struct replay *replay)
{
	const json_t *pair;
	size_t place;

	replay->requests = row_number(state, "requests", 0);
	replay->entries = row_number(state, "entries", 0);
	replay->leaves = row_number(state, "leaves", 0);
	replay->lots = row_number(state, "lots", 0);
	replay->recorded_us = json_integer_value(json_object_get(state, "recorded_us"));
	replay->entry_us = json_integer_value(json_object_get(state, "entry_us"));
	json_array_foreach(json_object_get(state, "last_rows"), place, pair)
		for (size_t i = 0; numbered_tables[i]; i++)
			if (json_string_value(json_array_get(pair, 0)) && strcmp(numbered_tables[i], json_string_value(json_array_get(pair, 0))) == 0)
				replay->last_rows[i] = json_integer_value(json_array_get(pair, 1));
}

int state_load(const json_t *state, const char *aud, struct replay *replay, struct tree *tree, int64_t *ret_generation)
{
	const char *whose = row_text(state, "aud");
	struct registry *registry;

	if (row_number(state, "v", 0) != STATE_VERSION || !whose || strcmp(whose, aud) != 0)
		return -1;
	registry = registry_load(json_object_get(state, "registry"));
	if (!registry)
		return -1;
	if (load_tree(json_object_get(state, "tree"), row_number(state, "size", -1), tree) < 0) {
		registry_free(registry);
		return -1;
	}
	replay->registry = registry;
	load_numbers(state, replay);
	*ret_generation = row_number(state, "generation", 0);
	return 0;
}
