/* Tables whose rows are states that the replay has come to, or parts of the program. */
#include "audit/past.h"
#include "audit/tables.h"
#include "wire/base.h"
#include "wire/base64.h"
#include "wire/base64url.h"
#include "wire/note.h"
#include "wire/sha256.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 16 /* signatures of a checkpoint */

static void differ(const struct tables *tables, const char *code, const char *table, const char *key, const int64_t *kept, json_t *expected,
		   const json_t *row)
{
	tables_differ(tables, code, table, key, kept ? kept[ROW_LEAF] : -1, expected, row);
	json_decref(expected);
}

/* Marks the remembered row as seen; NULL and a finding when there is none. */
static int64_t *seen(const struct tables *tables, const char *table, const char *key)
{
	int64_t *kept = tables_get(tables, table, key);

	if (kept)
		kept[ROW_SEEN] = tables->generation;
	else
		tables_find(tables, "row_extra", table, key, -1, NULL, NULL, NULL);
	return kept;
}

static json_t *amount(int64_t number)
{
	return json_sprintf("%" PRId64, number);
}

static json_t *day_json(int64_t day)
{
	time_t seconds = (time_t)day * 86400;
	struct tm tm;
	char text[16];

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	return json_string(text);
}

static void account_row(struct tables *tables, const char *key, const json_t *row)
{
	const int64_t *kept = seen(tables, "account", key);
	const char *number = row_text(row, "number");
	int64_t owner = row_number(row, "owner", 0), purpose = row_number(row, "purpose", 0);
	bool restricted = row_flag(row, "restricted");
	const struct past_redeemed *redeemed = NULL;
	struct account_state state;

	if (!kept || !number)
		return;
	if (strcmp(number, "P2100") == 0 && purpose == 0 && !restricted)
		redeemed = past_redeemed(tables->replay, owner);
	state = replay_account(tables->replay, number, owner, purpose, restricted);
	differ(tables, "balance_differs", "account", key, kept,
	       json_pack("{s:s, s:I, s:I, s:b, s:o, s:I, s:o, s:o}", "number", number, "owner", (json_int_t)owner, "purpose", (json_int_t)purpose,
			 "restricted", restricted, "balance", amount(state.balance), "version", (json_int_t)state.version, "redeemed_on",
			 redeemed ? day_json(redeemed->day) : json_null(), "redeemed", amount(redeemed ? redeemed->points : 0)),
	       row);
}

static void lot_row(struct tables *tables, const char *key, const json_t *row)
{
	uint64_t words[STORE_KEY] = {STORE_KIND(STORE_LOT), (uint64_t)row_number(row, "id", 0), 0};
	const int64_t *kept = seen(tables, "lot", key), *lot = store_get(tables->replay->store, words);
	json_t *expected;

	if (!kept || !lot)
		return;
	expected = json_pack("{s:I, s:s, s:I, s:I, s:o, s:o, s:o}", "id", (json_int_t)words[1], "number", "P2100", "owner", (json_int_t)lot[0],
			     "entry", (json_int_t)lot[4], "amount", amount(lot[2]), "remaining", amount(lot[1]), "expires_on", day_json(lot[3]));
	differ(tables, "balance_differs", "lot", key, kept, expected, row);
}

static void daily_row(struct tables *tables, const char *key, const json_t *row)
{
	const int64_t *kept = seen(tables, "daily_use", key);
	const char *day_text = row_text(row, "day");
	int64_t till = row_number(row, "operator", 0);
	int32_t day;

	if (!kept || !day_text || day_parse(day_text, &day) < 0)
		return;
	differ(tables, "balance_differs", "daily_use", key, kept,
	       json_pack("{s:I, s:s, s:o}", "operator", (json_int_t)till, "day", day_text, "points", amount(past_daily(tables->replay, 't', till, day))),
	       row);
}

static void open_row(struct tables *tables, const char *key, const json_t *row)
{
	const int64_t *kept = seen(tables, "service_open", key);
	int64_t activity = row_number(row, "activity", 0);

	if (kept)
		differ(tables, "balance_differs", "service_open", key, kept,
		       json_pack("{s:I, s:I}", "activity", (json_int_t)activity, "records", (json_int_t)past_open(tables->replay, activity)), row);
}

/* A digest or root in a row, by the digest of it that the leaves gave. */
static void hash_row(struct tables *tables, const char *table, const char *key, const json_t *row, const char *member)
{
	const int64_t *kept = seen(tables, table, key);
	const char *text = row_text(row, member);
	unsigned char hash[TREE_HASH], digest[SHA256_BYTES] = {0};

	if (text && base64url_decode(text, strlen(text), hash, sizeof(hash)) == TREE_HASH)
		sha256(hash, sizeof(hash), digest);
	if (kept && memcmp(digest, &kept[ROW_DIGEST], 2 * sizeof(*kept)) != 0)
		tables_find(tables, "tile_differs", table, key, kept[ROW_LEAF], member, NULL, text);
}

static void tile_row(struct tables *tables, const char *key, const json_t *row)
{
	hash_row(tables, "tile", key, row, "hash");
}

static void tile_root_row(struct tables *tables, const char *key, const json_t *row)
{
	hash_row(tables, "tile_root", key, row, "root");
}

/* Rows of old had the signature of the first key alone, without its id: any of the trusted keys may be that. */
static bool old_signature(const struct tables *tables, uint64_t size, const unsigned char *root, const unsigned char *signature)
{
	for (size_t i = 0; i < tables->trust->count; i++) {
		const char *id = strchr(tables->trust->keys[i], '+');
		unsigned char line[NOTE_LINE], found[TREE_HASH];
		char note[NOTE_MAX];
		uint64_t found_size;

		for (size_t j = 0; id && j < NOTE_ID; j++)
			line[j] = (unsigned char)strtoul((char[]){id[1 + 2 * j], id[2 + 2 * j], '\0'}, NULL, 16);
		memcpy(line + NOTE_ID, signature, NOTE_SIGNATURE);
		note_write_lines(tables->origin, size, root, line, 1, note);
		if (id && note_verify(tables->trust->keys[i], note, &found_size, found) == 0)
			return true;
	}
	return false;
}

static bool is_signed(const struct tables *tables, uint64_t size, const unsigned char *root, const unsigned char *lines, size_t length)
{
	struct findings *none;
	char note[NOTE_MAX];
	bool by_leaves, good;

	if (length == NOTE_SIGNATURE)
		return old_signature(tables, size, root, lines);
	if (length == 0 || length % NOTE_LINE != 0)
		return false;
	none = findings_new();
	note_write_lines(tables->origin, size, root, lines, length / NOTE_LINE, note);
	trust_check(tables->trust, tables->replay->registry, note, "checkpoint", none, &by_leaves);
	good = findings_count(none) == 0;
	findings_free(none);
	return good;
}

static void checkpoint_row(struct tables *tables, const char *key, const json_t *row)
{
	uint64_t size = (uint64_t)row_number(row, "size", 0), words[STORE_KEY] = {STORE_KIND(STORE_ROOT), size, 0}, digest[2];
	const char *root_text = row_text(row, "root"), *lines_text = row_text(row, "signature");
	const int64_t *root = store_get(tables->replay->store, words);
	_cleanup_free_ char *image = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);
	unsigned char lines[LINES_MAX * NOTE_LINE];
	int64_t *kept;
	ssize_t length;
	bool is_new;
	char wanted[BASE64URL_LENGTH(TREE_HASH) + 1];

	if (!root) {
		tables_find(tables, "checkpoint_differs", "checkpoint", key, -1, "size", NULL, key);
		return;
	}
	base64url_encode(root, TREE_HASH, wanted);
	kept = tables_put(tables, "checkpoint", key, &is_new);
	kept[ROW_SEEN] = tables->generation;
	kept[ROW_LEAF] = (int64_t)size - 1;
	kept[ROW_REQUEST] = (int64_t)size;
	tables_digest(image, digest);
	if (!is_new && memcmp(digest, &kept[ROW_DIGEST], sizeof(digest)) == 0)
		return;
	root = store_get(tables->replay->store, words);
	length = lines_text ? base64url_decode(lines_text, strlen(lines_text), lines, sizeof(lines)) : -1;
	if (!root_text || strcmp(root_text, wanted) != 0)
		tables_find(tables, "checkpoint_differs", "checkpoint", key, kept[ROW_LEAF], "root", wanted, root_text);
	else if (length < 0 || !is_signed(tables, size, (const unsigned char *)root, lines, (size_t)length))
		tables_find(tables, "checkpoint_differs", "checkpoint", key, kept[ROW_LEAF], "signature", NULL, lines_text);
	else
		memcpy(&kept[ROW_DIGEST], digest, sizeof(digest));
}

static const struct {
	const char *table;
	void (*row)(struct tables *tables, const char *key, const json_t *row);
} derived[] = {
	{"account", account_row}, {"lot", lot_row},		  {"daily_use", daily_row}, {"service_open", open_row},
	{"tile", tile_row},	  {"tile_root", tile_root_row}, {"checkpoint", checkpoint_row},
};

bool tables_derived_row(struct tables *tables, const char *table, const char *key, const json_t *row)
{
	for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++)
		if (strcmp(derived[i].table, table) == 0) {
			derived[i].row(tables, key, row);
			return true;
		}
	return false;
}
