#include "audit/tables.h"

#include "audit/derive.h"
#include "audit/past.h"
#include "audit/rows.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/sha256.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TILE_LEVEL_SHIFT 48 /* of a tile's place in one word */

void tables_digest(const char *text, uint64_t ret[2])
{
	unsigned char hash[SHA256_BYTES];

	sha256(text, strlen(text), hash);
	memcpy(ret, hash, 2 * sizeof(*ret));
}

void tables_word(const char *table, uint64_t *ret)
{
	uint64_t words[2];

	tables_digest(table, words);
	*ret = STORE_KIND(STORE_ROW) | words[0] >> 8;
}

static void store_key(uint64_t ret[STORE_KEY], const char *table, const char *key)
{
	tables_word(table, &ret[0]);
	tables_digest(key, &ret[1]);
}

int64_t *tables_get(const struct tables *tables, const char *table, const char *key)
{
	uint64_t words[STORE_KEY];

	store_key(words, table, key);
	return store_get(tables->replay->store, words);
}

int64_t *tables_put(const struct tables *tables, const char *table, const char *key, bool *ret_new)
{
	static _Thread_local int64_t nothing[STORE_VALUE];
	struct probe *probe = tables->probe;
	uint64_t words[STORE_KEY];
	bool is_new;

	store_key(words, table, key);
	if (!probe)
		return store_put(tables->replay->store, words, ret_new ? ret_new : &is_new);
	if (!probe->text && memcmp(words, probe->wanted, sizeof(words)) == 0)
		probe->text = xstrdup(key);
	if (ret_new)
		*ret_new = true;
	return nothing;
}

static const struct table_coverage *coverage_of(const char *table)
{
	for (const struct table_coverage *coverage = table_coverages; coverage->table; coverage++)
		if (strcmp(coverage->table, table) == 0)
			return coverage;
	return NULL;
}

/* "entry line" of a posting, and the number of what is an entry or a request, are places too. */
static struct place place_for(const char *table, const char *key, int64_t leaf, const char *field)
{
	struct place place = PLACE_NONE;
	long long first = -1, second = -1;

	place.table = table;
	place.key = key;
	place.leaf = leaf;
	place.field = field;
	sscanf(key ? key : "", "%lld %lld", &first, &second);
	if (strcmp(table, "posting") == 0)
		place.line = second;
	if (strcmp(table, "posting") == 0 || strcmp(table, "entry") == 0)
		place.entry = first;
	if (strcmp(table, "request") == 0)
		place.request = first;
	return place;
}

void tables_find(const struct tables *tables, const char *code, const char *table, const char *key, int64_t leaf, const char *field,
		 const char *expected, const char *found)
{
	struct place place = place_for(table, key, leaf, field);

	findings_add(tables->replay->findings, code, &place, expected, found);
}

void tables_differ(const struct tables *tables, const char *code, const char *table, const char *key, int64_t leaf, const json_t *expected,
		   const json_t *found)
{
	json_auto_t *all = json_object();
	const char *name;
	json_t *value;

	json_object_update(all, (json_t *)(uintptr_t)expected);
	json_object_update(all, (json_t *)(uintptr_t)found);
	json_object_foreach(all, name, value) {
		const json_t *want = json_object_get(expected, name), *have = json_object_get(found, name);
		_cleanup_free_ char *want_text = want ? json_value_text(want) : NULL, *have_text = have ? json_value_text(have) : NULL;

		if (!want || !have || strcmp(want_text, have_text) != 0)
			tables_find(tables, code, table, key, leaf, name, want_text, have_text);
	}
}

/* ---- what the leaves imply */

struct keeping {
	struct tables *tables;
	const struct act *act;
};

static char *image_text(const json_t *image)
{
	return json_dumps(image, JSON_COMPACT | JSON_SORT_KEYS);
}

static void keep(void *arg, const char *table, json_t *image, const struct leaf *leaf)
{
	const struct keeping *keeping = arg;
	const struct table_coverage *coverage = coverage_of(table);
	_cleanup_free_ char *key = coverage ? row_key(coverage->key, image) : NULL, *text = image_text(image);
	uint64_t digest[2];
	int64_t *value;
	bool is_new;

	json_decref(image);
	if (!key)
		return;
	value = tables_put(keeping->tables, table, key, &is_new);
	if (!is_new)
		tables_find(keeping->tables, "effect_unknown", table, key, leaf->index, NULL, NULL, NULL);
	tables_digest(text, digest);
	value[ROW_LEAF] = leaf->index;
	memcpy(&value[ROW_DIGEST], digest, sizeof(digest));
	value[ROW_SEEN] = 0;
	value[ROW_REQUEST] = keeping->act->leaves[0].result || strcmp(table, "request") != 0 ? keeping->act->number : -keeping->act->number;
}

/* Rows whose state moves are known by their first leaf; what they hold is in the replay's own state. */
static void keep_mutable(struct tables *tables, const struct act *act, const char *table, const char *key, const struct leaf *leaf)
{
	bool is_new;
	int64_t *value = tables_put(tables, table, key, &is_new);

	if (!is_new)
		return;
	value[ROW_LEAF] = leaf->index;
	value[ROW_REQUEST] = act->number;
}

static void keep_accounts(struct tables *tables, const struct act *act, const struct leaf *leaf)
{
	for (size_t i = 0; i < leaf->posting_count; i++) {
		const struct posting *posting = &leaf->postings[i];
		_cleanup_free_ char *key = xasprintf("%s %" PRId64 " %" PRId64 " %s", posting->account, posting->owner, posting->purpose,
						     posting->restricted ? "true" : "false");

		keep_mutable(tables, act, "account", key, leaf);
	}
}

/* The rows of a table that begin with these rows of the leaf and have their id. */
static void keep_begun(struct tables *tables, const struct act *act, const struct leaf *leaf, const char *of, const char *table)
{
	const json_t *rows = leaf_rows(leaf, of), *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		_cleanup_free_ char *key = row_key("id", row);

		if (key)
			keep_mutable(tables, act, table, key, leaf);
	}
}

static char *day_text(int64_t day)
{
	int64_t z = day + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
	int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100), month = (5 * of_year + 2) / 153;

	return xasprintf("%04" PRId64 "-%02" PRId64 "-%02" PRId64, year_of_era + era * 400 + (month >= 10), month < 10 ? month + 3 : month - 9,
			 of_year - (153 * month + 2) / 5 + 1);
}

static void keep_daily(struct tables *tables, const struct act *act, const struct leaf *leaf)
{
	const json_t *rows = leaf_rows(leaf, "redemption"), *row;
	_cleanup_free_ char *day = day_text(past_day(leaf->recorded_us / 1000000));
	size_t i;

	json_array_foreach(rows, i, row) {
		_cleanup_free_ char *till = xasprintf("%" PRId64 " %s", row_number(row, "operator", 0), day);

		keep_mutable(tables, act, "daily_use", till, leaf);
	}
}

/* Full tiles and the roots of tiles, by their places. */
struct tile_keeping {
	struct tables *tables;
	int64_t leaf;
};

/* hash: the row's digest or root, all of which the remembered words depend on. */
static void keep_tile_row(const struct tile_keeping *keeping, const char *table, const struct tile *tile, const unsigned char hash[TREE_HASH])
{
	unsigned char digest[SHA256_BYTES];
	_cleanup_free_ char *key = xasprintf("%u %" PRIu64, tile->level, tile->index);
	int64_t *value = tables_put(keeping->tables, table, key, NULL);

	sha256(hash, TREE_HASH, digest);
	value[ROW_LEAF] = keeping->leaf;
	memcpy(&value[ROW_DIGEST], digest, 2 * sizeof(*value));
	value[ROW_REQUEST] = (int64_t)((uint64_t)tile->level << TILE_LEVEL_SHIFT | tile->index);
}

static void on_full_tile(void *arg, const struct tile *tile)
{
	unsigned char hash[SHA256_BYTES];

	sha256(tile->hashes, (size_t)TREE_TILE_WIDTH * TREE_HASH, hash);
	keep_tile_row(arg, "tile", tile, hash);
	tree_tile_root(tile->hashes, hash);
	keep_tile_row(arg, "tile_root", tile, hash);
}

static void keep_tree(struct tables *tables, const struct act *act)
{
	uint64_t key[STORE_KEY] = {STORE_KIND(STORE_ROOT), 0, 0};
	unsigned char root[TREE_HASH];

	for (size_t i = 0; i < act->leaf_count; i++) {
		struct tile_keeping keeping = {.tables = tables, .leaf = act->leaves[i].index};

		tree_append(&tables->tree, act->leaves[i].hash, on_full_tile, &keeping);
	}
	tree_root(&tables->tree, root);
	key[1] = tables->tree.size;
	memcpy(store_put(tables->replay->store, key, NULL), root, sizeof(root));
}

static void keep_all(struct tables *tables, const struct act *act, int64_t operator)
{
	struct keeping keeping = {.tables = tables, .act = act};

	act_rows(act, operator, keep, &keeping);
	tables_keep_personal(tables, act);
	for (size_t i = 0; i < act->leaf_count; i++) {
		const struct leaf *leaf = &act->leaves[i];

		if (!leaf->content)
			continue;
		if (leaf->entry)
			keep_accounts(tables, act, leaf);
		keep_begun(tables, act, leaf, "lot", "lot");
		keep_begun(tables, act, leaf, "activity", "service_open");
		keep_daily(tables, act, leaf);
	}
}

void tables_keep(void *arg, const struct replay *replay, const struct act *act)
{
	keep_tree(arg, act);
	keep_all(arg, act, replay->author ? replay->author->id : 0);
}

/* ---- what the database has */

/* The image that the log has of a row, found again in the leaf that wrote it. */
struct looking {
	const char *table, *key;
	json_t *found;
};

static void look(void *arg, const char *table, json_t *image, const struct leaf *leaf)
{
	struct looking *looking = arg;
	const struct table_coverage *coverage = coverage_of(table);
	_cleanup_free_ char *key = coverage && strcmp(table, looking->table) == 0 ? row_key(coverage->key, image) : NULL;

	(void)leaf;
	if (key && !looking->found && strcmp(key, looking->key) == 0)
		looking->found = json_incref(image);
	json_decref(image);
}

/* New reference; NULL when the leaf cannot be had. compact: the request as the database has it, NULL of other tables. */
static json_t *image_in_log(const struct tables *tables, const char *table, const char *key, const int64_t *kept, const char *compact)
{
	struct looking looking = {.table = table, .key = key};
	struct act act = {0};

	if (tables->fetch(tables->fetch_arg, kept[ROW_LEAF], strcmp(table, "request") == 0, &act) == 0) {
		const struct operator *author;

		act.compact = compact;
		act.compact_length = compact ? strlen(compact) : 0;
		act_parse(&act);
		act.number = llabs(kept[ROW_REQUEST]);
		author = act.founding || !act.leaves[0].kid ? NULL : registry_operator_of(tables->replay->registry, act.leaves[0].kid);
		act_rows(&act, author ? author->id : 0, look, &looking);
	}
	act_clear(&act);
	return looking.found;
}

static bool is_said(const struct tables *tables, const char *code, int64_t leaf)
{
	for (size_t i = 0; i < findings_kept(tables->replay->findings); i++) {
		const struct finding *finding = findings_at(tables->replay->findings, i);

		if (strcmp(finding->code, code) == 0 && finding->place.leaf == leaf)
			return true;
	}
	return false;
}

/* The three parts together have the hash that the leaves name; otherwise the signed bytes were changed. */
static bool is_altered(const struct tables *tables, const char *key, const char *compact, const json_t *expected, int64_t leaf)
{
	const char *wanted = row_text(expected, "hash");
	char text[KID_LENGTH + 1];
	unsigned char hash[SHA256_BYTES];

	sha256(compact, strlen(compact), hash);
	base64url_encode(hash, sizeof(hash), text);
	if (!wanted || strcmp(wanted, text) == 0)
		return false;
	if (!is_said(tables, "request_altered", leaf))
		tables_find(tables, "request_altered", "request", key, leaf, NULL, wanted, text);
	return true;
}

static void differ_request(const struct tables *tables, const char *key, const json_t *row, const int64_t *kept)
{
	const char *protected = row_text(row, "protected"), *payload = row_text(row, "payload"), *signature = row_text(row, "signature");
	_cleanup_free_ char *compact =
		xasprintf("%s.%s.%s", protected ? protected : "", payload ? payload : "", signature ? signature : "");
	json_auto_t *expected = image_in_log(tables, "request", key, kept, compact);

	if (expected && !is_altered(tables, key, compact, expected, kept[ROW_LEAF]))
		tables_differ(tables, "request_row_differs", "request", key, kept[ROW_LEAF], expected, row);
}

static void say_difference(const struct tables *tables, const char *table, const char *key, const json_t *row, const int64_t *kept)
{
	json_auto_t *expected = NULL;

	if (strcmp(table, "request") == 0) {
		differ_request(tables, key, row, kept);
		return;
	}
	expected = image_in_log(tables, table, key, kept, NULL);
	if (expected)
		tables_differ(tables, "table_differs", table, key, kept[ROW_LEAF], expected, row);
	else
		tables_find(tables, "table_differs", table, key, kept[ROW_LEAF], NULL, NULL, NULL);
}

static void compare(const struct tables *tables, const char *table, const char *key, const json_t *row)
{
	int64_t *kept = tables_get(tables, table, key);
	bool is_request = strcmp(table, "request") == 0;
	json_auto_t *image = is_request ? request_comparable(row, kept && kept[ROW_REQUEST] > 0) : json_incref((json_t *)(uintptr_t)row);
	_cleanup_free_ char *text = NULL;
	uint64_t digest[2];

	if (!kept || kept[ROW_SEEN] == tables->generation) { /* a leaf may stand in two runs */
		tables_find(tables, "row_extra", table, key, -1, NULL, NULL, NULL);
		return;
	}
	kept[ROW_SEEN] = tables->generation;
	text = image_text(image);
	tables_digest(text, digest);
	if (memcmp(digest, &kept[ROW_DIGEST], sizeof(digest)) != 0)
		say_difference(tables, table, key, image, kept);
}

void tables_begin(struct tables *tables, const char *table, int64_t size)
{
	(void)table;
	tables->begun = size;
}

void tables_row(struct tables *tables, const char *table, const json_t *row)
{
	const struct table_coverage *coverage = coverage_of(table);
	_cleanup_free_ char *key = coverage ? row_key(coverage->key, row) : strcmp(table, "matrix") == 0 ? row_key("role op", row) : NULL;

	tables->rows++;
	if (!key) {
		tables_find(tables, "row_extra", table, NULL, -1, NULL, NULL, NULL);
	} else if (!tables_constant_row(tables, table, key, row) && !tables_derived_row(tables, table, key, row) &&
		   !tables_erasable_row(tables, table, key, row)) {
		compare(tables, table, key, row);
	}
}

/* Rows that were not seen; gathered, because looking for their keys puts nothing but takes time. */
struct ending {
	struct tables *tables;
	uint64_t word;
	struct missing {
		uint64_t key[STORE_KEY];
		int64_t leaf, about;
	} missing[FINDINGS_MAX];
	size_t count;
};

static void end_row(void *arg, const uint64_t key[STORE_KEY], int64_t value[STORE_VALUE])
{
	struct ending *ending = arg;
	struct missing *missing = &ending->missing[ending->count];

	if (key[0] != ending->word || value[ROW_SEEN] == ending->tables->generation || value[ROW_SEEN] < 0 ||
	    value[ROW_LEAF] >= ending->tables->begun || ending->count == FINDINGS_MAX)
		return;
	*missing = (struct missing){.leaf = value[ROW_LEAF], .about = value[ROW_REQUEST]};
	memcpy(missing->key, key, sizeof(missing->key));
	ending->count++;
}

/* The key of a row that is not there: its leaf is taken apart once more. malloc'd, NULL when it cannot be known. */
static char *missing_key(const struct tables *tables, const char *table, const struct missing *missing)
{
	struct probe probe = {0};
	struct tables looking = {.replay = tables->replay, .probe = &probe};
	struct act act = {0};

	if (strncmp(table, "tile", 4) == 0)
		return xasprintf("%" PRId64 " %" PRId64, missing->about >> TILE_LEVEL_SHIFT,
				 missing->about & ((INT64_C(1) << TILE_LEVEL_SHIFT) - 1));
	if (strcmp(table, "checkpoint") == 0 || strcmp(table, "request") == 0)
		return xasprintf("%lld", llabs(missing->about));
	memcpy(probe.wanted, missing->key, sizeof(probe.wanted));
	if (tables->fetch(tables->fetch_arg, missing->leaf, strncmp(table, "personal", 8) == 0, &act) == 0) {
		act_parse(&act);
		act.number = llabs(missing->about);
		keep_all(&looking, &act, 0);
	}
	act_clear(&act);
	return probe.text;
}

/* Which commits there were is not known from the leaves, but the last one is. */
static void end_checkpoints(const struct tables *tables)
{
	_cleanup_free_ char *key = xasprintf("%" PRId64, tables->begun);
	const int64_t *kept = tables_get(tables, "checkpoint", key);

	if (tables->begun && !kept)
		tables_find(tables, "row_missing", "checkpoint", key, tables->begun - 1, NULL, NULL, NULL);
}

void tables_end(struct tables *tables, const char *table)
{
	struct ending *ending;

	if (tables_constant_end(tables, table))
		return;
	ending = xcalloc(1, sizeof(*ending));
	ending->tables = tables;
	tables_word(table, &ending->word);
	store_each(tables->replay->store, STORE_ROW, end_row, ending);
	for (size_t i = 0; i < ending->count; i++) {
		_cleanup_free_ char *key = missing_key(tables, table, &ending->missing[i]);

		tables_find(tables, "row_missing", table, key, ending->missing[i].leaf, NULL, NULL, NULL);
	}
	free(ending);
	if (strcmp(table, "checkpoint") == 0)
		end_checkpoints(tables);
}
