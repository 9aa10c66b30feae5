/* Replay of an act, second part: an entry's lines are taken over by their accounts and lots. */
#include "audit/chart.h"
#include "audit/replay.h"
#include "wire/base.h"
#include "wire/sha256.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one line is about, for findings. */
struct line {
	struct replay *replay;
	const struct act *act;
	const struct leaf *leaf;
	const struct posting *posting;
	const struct chart *chart;
	int64_t number; /* from 1 */
};

static void find(const struct line *line, const char *code, const char *field, const char *expected, const char *found)
{
	struct place place = place_of(line->act, line->leaf);

	place.line = line->number;
	place.field = field;
	findings_add(line->replay->findings, code, &place, expected, found);
}

static void find_number(const struct line *line, const char *code, const char *field, int64_t expected, int64_t found)
{
	char texts[2][24];

	snprintf(texts[0], sizeof(texts[0]), "%" PRId64, expected);
	snprintf(texts[1], sizeof(texts[1]), "%" PRId64, found);
	find(line, code, field, texts[0], texts[1]);
}

static void check_number(struct replay *replay, const struct act *act, const struct leaf *leaf)
{
	if (replay->partial ? leaf->entry <= replay->entries : leaf->entry != replay->entries + 1)
		replay_find_number(replay, act, leaf, "entry_number", "entry", replay->entries + 1, leaf->entry);
	if (leaf->recorded_us <= replay->entry_us)
		replay_find(replay, act, leaf, "entry_order", "recorded_at", NULL, leaf->recorded_at);
	replay->entries = leaf->entry;
	replay->entry_us = leaf->recorded_us;
}

/* Amounts have 18 digits and a leaf a few hundred lines at most, so that no sum overflows. */
static int64_t sum_of(const struct leaf *leaf, int64_t fund, bool every)
{
	int64_t sum = 0;

	for (size_t i = 0; i < leaf->posting_count; i++)
		if (every || leaf->postings[i].fund == fund)
			sum = (int64_t)((uint64_t)sum + (uint64_t)leaf->postings[i].amount);
	return sum;
}

/* Whether an earlier line is of the same fund, so that its sum was looked at. */
static bool is_repeated(const struct leaf *leaf, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (leaf->postings[i].fund == leaf->postings[at].fund)
			return true;
	return false;
}

static void check_sums(struct replay *replay, const struct act *act, const struct leaf *leaf)
{
	if (sum_of(leaf, 0, true) != 0) {
		replay_find_number(replay, act, leaf, "entry_unbalanced", NULL, 0, sum_of(leaf, 0, true));
		return;
	}
	for (size_t i = 0; i < leaf->posting_count; i++) {
		int64_t sum = is_repeated(leaf, i) ? 0 : sum_of(leaf, leaf->postings[i].fund, false);
		struct place place = place_of(act, leaf);
		char key[32];

		if (!sum)
			continue;
		snprintf(key, sizeof(key), "fund %" PRId64, leaf->postings[i].fund);
		place.key = key;
		findings_add_number(replay->findings, "fund_unbalanced", &place, 0, sum);
	}
}

static bool is_of_book(const struct line *line)
{
	bool is_money = strcmp(line->leaf->book, "money") == 0;

	if (line->chart && strcmp(line->chart->book, line->leaf->book) == 0 && is_money == (line->posting->fund != 0))
		return true;
	find(line, "books_mixed", "account", line->leaf->book, line->posting->account);
	return false;
}

static const json_t *lot_row(const struct leaf *leaf, int64_t lot)
{
	const json_t *rows = leaf_rows(leaf, "lot"), *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (row_number(row, "id", 0) == lot)
			return row;
	return NULL;
}

/* A lot that is not known is made by this line. In a partial log it may have been made before. */
static void make_lot(const struct line *line, int64_t lot, int64_t moved, int64_t *value)
{
	const json_t *row = lot_row(line->leaf, lot);
	const char *expires_on = row_text(row, "expires_on");
	int32_t expires = 0;

	if (line->replay->partial)
		return;
	if (lot != line->replay->lots + 1)
		find_number(line, "row_number", "lot", line->replay->lots + 1, lot);
	if (!row || moved <= 0 || row_number(row, "amount", 0) != moved || row_number(row, "entry", 0) != line->leaf->entry || !expires_on ||
	    day_parse(expires_on, &expires) < 0)
		find_number(line, "lots_differ", "lot", row ? row_number(row, "amount", 0) : 0, moved);
	line->replay->lots = lot;
	value[0] = line->posting->owner;
	value[1] = 0;
	value[2] = moved;
	value[3] = expires;
	value[4] = line->leaf->entry;
}

static void move_lot(const struct line *line, int64_t lot, int64_t moved)
{
	uint64_t key[STORE_KEY] = {STORE_KIND(STORE_LOT), (uint64_t)lot, 0};
	bool is_new;
	int64_t *value = store_put(line->replay->store, key, &is_new);

	if (is_new)
		make_lot(line, lot, moved, value);
	value[1] += moved;
	if (line->replay->partial)
		return;
	if (value[0] != line->posting->owner)
		find_number(line, "lots_differ", "lot", value[0], line->posting->owner);
	if (value[1] < 0 || value[1] > value[2])
		find_number(line, "lot_overdrawn", "lot", value[1] < 0 ? value[1] - moved : value[2], value[1] < 0 ? -moved : value[1]);
}

/* Moves the lots that the line names; how much they moved in all. */
static int64_t move_lots(const struct line *line)
{
	const json_t *lot;
	int64_t sum = 0;
	size_t i;

	json_array_foreach(line->posting->lots, i, lot) {
		int64_t moved = strtoll(json_string_value(json_array_get(lot, 1)), NULL, 10);

		move_lot(line, json_integer_value(json_array_get(lot, 0)), moved);
		sum += moved;
	}
	return sum;
}

static void post_lots(const struct line *line, int64_t account[STORE_VALUE], int64_t moved)
{
	account[2] += moved;
	if (moved != (line->chart->lots ? -line->posting->amount : 0))
		find_number(line, "lots_differ", "lots", line->chart->lots ? -line->posting->amount : 0, moved);
	else if (line->chart->lots && !line->replay->partial && account[2] != -account[0])
		find_number(line, "lots_differ", "balance", -account[0], account[2]);
}

static void check_sign(const struct line *line)
{
	bool is_debit = strcmp(line->chart->side, "debit") == 0;

	if (line->chart->never_below && (is_debit ? line->posting->balance < 0 : line->posting->balance > 0))
		find_number(line, "below_zero", "balance", 0, is_debit ? line->posting->balance : -line->posting->balance);
}

/* The next version, and the balance that the amount gives. The leaf's own are taken over, so that one fault is found once. */
static void post(const struct line *line)
{
	const struct posting *posting = line->posting;
	int64_t moved = posting->lots ? move_lots(line) : 0; /* first: it puts into the store */
	bool is_whole = replay_is_whole(line->replay, posting->fund), follows;
	uint64_t key[STORE_KEY];
	int64_t *account;

	account_key(key, posting->account, posting->owner, posting->purpose, posting->restricted);
	account = store_put(line->replay->store, key, NULL);
	follows = posting->version == account[1] + 1;
	if (is_whole ? !follows : posting->version <= account[1])
		find_number(line, "posting_version", "version", account[1] + 1, posting->version);
	else if (follows && (is_whole || account[1] > 0) && posting->balance != account[0] + posting->amount)
		find_number(line, "posting_balance", "balance", account[0] + posting->amount, posting->balance);
	account[0] = posting->balance;
	account[1] = posting->version;
	check_sign(line);
	post_lots(line, account, moved);
}

/* An entry's lines as bytes, with their amounts negated or not: what a reversal must be the opposite of. */
struct digested {
	uint64_t account[STORE_KEY];
	int64_t amount, fund;
};

static void lines_digest(const struct leaf *leaf, int sign, int64_t ret[2])
{
	struct digested *lines = xcalloc(leaf->posting_count, sizeof(*lines));
	unsigned char hash[SHA256_BYTES];

	for (size_t i = 0; i < leaf->posting_count; i++) {
		const struct posting *posting = &leaf->postings[i];

		account_key(lines[i].account, posting->account, posting->owner, posting->purpose, posting->restricted);
		lines[i].amount = sign * posting->amount;
		lines[i].fund = posting->fund;
	}
	sha256(lines, leaf->posting_count * sizeof(*lines), hash);
	memcpy(ret, hash, 2 * sizeof(*ret));
	free(lines);
}

static void check_reversal(struct replay *replay, const struct act *act, const struct leaf *leaf)
{
	uint64_t key[STORE_KEY] = {STORE_KIND(STORE_ENTRY), (uint64_t)leaf->reverses, 0};
	int64_t digest[2], *reversed = store_get(replay->store, key);

	if (!reversed) {
		if (!replay->partial)
			replay_find_number(replay, act, leaf, "reversal_differs", "reverses", replay->entries, leaf->reverses);
		return;
	}
	lines_digest(leaf, -1, digest);
	if (reversed[3])
		replay_find_number(replay, act, leaf, "reversed_twice", "reverses", reversed[3], leaf->entry);
	else if (memcmp(digest, &reversed[1], sizeof(digest)) != 0)
		replay_find(replay, act, leaf, "reversal_differs", "postings", NULL, NULL);
	reversed[3] = leaf->entry;
}

static void keep_entry(struct replay *replay, const struct leaf *leaf)
{
	uint64_t key[STORE_KEY] = {STORE_KIND(STORE_ENTRY), (uint64_t)leaf->entry, 0};
	int64_t *value = store_put(replay->store, key, NULL);

	value[0] = leaf->index;
	lines_digest(leaf, 1, &value[1]);
}

void replay_entry(struct replay *replay, const struct act *act, const struct leaf *leaf)
{
	check_number(replay, act, leaf);
	check_sums(replay, act, leaf);
	for (size_t i = 0; i < leaf->posting_count; i++) {
		struct line line = {.replay = replay,
				    .act = act,
				    .leaf = leaf,
				    .posting = &leaf->postings[i],
				    .chart = chart_find(leaf->postings[i].account),
				    .number = (int64_t)i + 1};

		if (is_of_book(&line))
			post(&line);
	}
	if (leaf->reverses)
		check_reversal(replay, act, leaf);
	else if (strcmp(leaf->book, "money") == 0)
		keep_entry(replay, leaf);
}
