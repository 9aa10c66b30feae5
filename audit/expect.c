/* Comparing leaves with what they must hold; see expect.h. */
#include "audit/expect.h"

#include "audit/derive.h"
#include "audit/past.h"
#include "wire/base.h"
#include "wire/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_TEXT 24

int64_t plus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

int64_t times(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a * (uint64_t)b);
}

/* Civil date of a day; exact for the years 1 to 9999. */
void day_text(int64_t day, char buffer[DAY_TEXT])
{
	int64_t z = day + 719468, era, of_era, year_of_era, of_year, month;

	if (day < -719162 || day > 2932896) {
		snprintf(buffer, DAY_TEXT, "%" PRId64, day);
		return;
	}
	era = z / 146097;
	of_era = z - era * 146097;
	year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * of_year + 2) / 153;
	snprintf(buffer, DAY_TEXT, "%04d-%02d-%02d", (int)(year_of_era + era * 400 + (month >= 10)),
		 (int)(month < 10 ? month + 3 : month - 9) % 100, (int)(of_year - (153 * month + 2) / 5 + 1) % 100);
}

int64_t input_day(const json_t *input, const char *member, int64_t otherwise)
{
	const char *text = row_text(input, member);
	int32_t day;

	return text && day_parse(text, &day) == 0 ? day : otherwise;
}

/* ---- findings */

static const struct leaf *leaf_at(const struct act *act, size_t place)
{
	return place < act->leaf_count ? &act->leaves[place] : NULL;
}

void expect_broken(struct replay *replay, const struct act *act, size_t place, const char *rule, const char *expected, const char *found)
{
	replay_find(replay, act, leaf_at(act, place), "rule_broken", rule, expected, found);
}

void expect_broken_number(struct replay *replay, const struct act *act, size_t place, const char *rule, int64_t expected, int64_t found)
{
	replay_find_number(replay, act, leaf_at(act, place), "rule_broken", rule, expected, found);
}

static void find_line(const struct expect *expect, const char *code, size_t line, const char *field, const char *expected,
		      const char *found)
{
	struct place place = place_of(expect->act, expect->leaf);

	place.line = (int64_t)line;
	place.field = field;
	findings_add(expect->replay->findings, code, &place, expected, found);
}

static void find_line_number(const struct expect *expect, size_t line, const char *field, int64_t expected, int64_t found)
{
	char texts[2][NUMBER_TEXT];

	snprintf(texts[0], sizeof(texts[0]), "%" PRId64, expected);
	snprintf(texts[1], sizeof(texts[1]), "%" PRId64, found);
	find_line(expect, "effect_differs", line, field, texts[0], texts[1]);
}

static void find_row(const struct expect *expect, const char *code, const char *table, const char *field, const char *expected,
		     const char *found)
{
	struct place place = place_of(expect->act, expect->leaf);

	place.table = table;
	place.field = field;
	findings_add(expect->replay->findings, code, &place, expected, found);
}

/* ---- leaves */

static struct expect expect_leaf(struct replay *replay, const struct act *act, size_t place)
{
	return (struct expect){.replay = replay, .act = act, .leaf = leaf_at(act, place)};
}

static void same_text(const struct expect *expect, const char *field, const char *expected, const char *found)
{
	if (strcmp(expected, found) != 0)
		replay_find(expect->replay, expect->act, expect->leaf, "effect_differs", field, expected, found);
}

struct expect expect_entry(struct replay *replay, const struct act *act, size_t place, const char *kind, const char *book, int64_t day,
			   int64_t reverses)
{
	struct expect expect = expect_leaf(replay, act, place);
	const struct leaf *leaf = expect.leaf;
	char days[2][DAY_TEXT];

	if (!leaf)
		return expect;
	if (!leaf->entry) {
		replay_find(replay, act, leaf, "effect_missing", "entry", kind, NULL);
		return expect;
	}
	same_text(&expect, "kind", kind, leaf->kind);
	same_text(&expect, "book", book, leaf->book);
	if (leaf->occurred_day != day) {
		day_text(day, days[0]);
		day_text(leaf->occurred_day, days[1]);
		replay_find(replay, act, leaf, "effect_differs", "occurred_on", days[0], days[1]);
	}
	if (leaf->reverses != reverses)
		replay_find_number(replay, act, leaf, "effect_differs", "reverses", reverses, leaf->reverses);
	return expect;
}

struct expect expect_plain(struct replay *replay, const struct act *act, size_t place)
{
	struct expect expect = expect_leaf(replay, act, place);

	if (expect.leaf && expect.leaf->entry)
		replay_find(replay, act, expect.leaf, "effect_unknown", "entry", NULL, expect.leaf->kind);
	else if (expect.leaf)
		same_text(&expect, "kind", act->founding ? "ledger_found" : act->op->name, expect.leaf->kind);
	return expect;
}

void expect_leaves(struct replay *replay, const struct act *act, size_t count)
{
	if (act->leaf_count < count)
		replay_find_number(replay, act, NULL, "effect_missing", "leaves", (int64_t)count, (int64_t)act->leaf_count);
	else if (act->leaf_count > count)
		replay_find_number(replay, act, leaf_at(act, count), "effect_unknown", "leaves", (int64_t)count, (int64_t)act->leaf_count);
}

/* ---- rows */

/* What a member is expected to be, as the leaf would have it: a text for findings. */
static void expected_text(const struct member *member, char buffer[NUMBER_TEXT])
{
	if (member->kind == MEMBER_DAY)
		day_text(member->number, buffer);
	else if (member->kind == MEMBER_FLAG)
		strcpy(buffer, member->number ? "true" : "false");
	else
		snprintf(buffer, NUMBER_TEXT, "%" PRId64, member->number);
}

static bool is_day(const char *text, int64_t day)
{
	int32_t found;

	return text && day_parse(text, &found) == 0 && found == day;
}

/* Written from the last digit on: this stands in the busiest path, where printf would be half of the time. */
static bool is_amount(const json_t *value, int64_t amount)
{
	uint64_t rest = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
	const char *text = json_string_value(value);
	char buffer[NUMBER_TEXT], *at = buffer + sizeof(buffer) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + rest % 10);
	while (rest /= 10);
	if (amount < 0)
		*--at = '-';
	return text && strcmp(text, at) == 0;
}

static bool is_same(const struct member *member, const json_t *value)
{
	const char *text = json_string_value(value);

	switch (member->kind) {
	case MEMBER_NUMBER: return json_is_integer(value) && json_integer_value(value) == member->number;
	case MEMBER_AMOUNT: return is_amount(value, member->number);
	case MEMBER_TEXT: return member->value ? text && strcmp(text, member->value) == 0 : !value;
	case MEMBER_FLAG: return json_is_boolean(value) && json_is_true(value) == (member->number != 0);
	case MEMBER_DAY: return is_day(text, member->number);
	case MEMBER_MOMENT: return text && past_seconds(text) == member->number;
	case MEMBER_JSON: return member->value ? value && json_equal(member->value, value) : !value;
	default: return value != NULL;
	}
}

static void find_member(const struct expect *expect, const char *table, const struct member *member, const json_t *value)
{
	bool is_text = member->kind == MEMBER_TEXT || member->kind == MEMBER_JSON, is_absent = is_text && !member->value;
	char buffer[NUMBER_TEXT] = "";
	_cleanup_free_ char *json =
	    member->kind == MEMBER_JSON && member->value ? json_dumps(member->value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	_cleanup_free_ char *found = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	const char *expected = member->kind == MEMBER_TEXT ? member->value : json ? json : buffer;

	if (!is_text && member->kind != MEMBER_GIVEN)
		expected_text(member, buffer);
	find_row(expect, !value ? "effect_missing" : is_absent ? "effect_unknown" : "effect_differs", table, member->name,
		 is_absent || member->kind == MEMBER_GIVEN ? NULL : expected, json_is_string(value) ? json_string_value(value) : found);
}

static bool is_said(const struct member *members, const char *name)
{
	for (; members->kind != MEMBER_END; members++)
		if (strcmp(members->name, name) == 0)
			return true;
	return false;
}

static void compare_row(const struct expect *expect, const char *table, const json_t *row, const struct member *members)
{
	const struct member *first = members;
	size_t known = 0;
	const char *name;
	json_t *value;

	for (; members->kind != MEMBER_END; members++) {
		value = json_object_get(row, members->name);
		known += value != NULL;
		if (!is_same(members, value))
			find_member(expect, table, members, value);
	}
	if (known == json_object_size(row))
		return;
	json_object_foreach((json_t *)(uintptr_t)row, name, value)
		if (!is_said(first, name))
			find_row(expect, "effect_unknown", table, name, NULL, json_string_value(value));
}

/* How many rows of the table were said before; counts one more. */
static size_t count_row(struct expect *expect, const char *table)
{
	for (size_t i = 0; i < EXPECT_TABLES; i++) {
		if (!expect->seen[i].table)
			expect->seen[i].table = table;
		if (expect->seen[i].table == table || strcmp(expect->seen[i].table, table) == 0)
			return expect->seen[i].count++;
	}
	BUG("a leaf with rows of more than %d tables", EXPECT_TABLES);
}

const json_t *expect_row(struct expect *expect, const char *table, const struct member *members)
{
	const json_t *row;

	if (!expect->leaf)
		return NULL;
	row = json_array_get(leaf_rows(expect->leaf, table), count_row(expect, table));
	if (!row) {
		find_row(expect, "effect_missing", table, NULL, NULL, NULL);
		return NULL;
	}
	expect->rows++;
	compare_row(expect, table, row, members);
	return row;
}

/* ---- lines */

void expect_line_of(struct expect *expect, const char *account, int64_t owner, int64_t amount, bool restricted, int64_t purpose)
{
	const struct leaf *leaf = expect->leaf;
	size_t line = ++expect->lines;
	const struct posting *posting;

	if (!leaf || !leaf->entry)
		return;
	if (line > leaf->posting_count) {
		find_line(expect, "effect_missing", line, "postings", account, NULL);
		return;
	}
	posting = &leaf->postings[line - 1];
	if (strcmp(posting->account, account) != 0)
		find_line(expect, "effect_differs", line, "account", account, posting->account);
	if (posting->owner != owner)
		find_line_number(expect, line, "owner", owner, posting->owner);
	if (posting->fund != (account[0] == 'P' ? 0 : owner))
		find_line_number(expect, line, "fund", account[0] == 'P' ? 0 : owner, posting->fund);
	if (posting->amount != amount)
		find_line_number(expect, line, "amount", amount, posting->amount);
	if (posting->restricted != restricted)
		find_line_number(expect, line, "restricted", restricted, posting->restricted);
	if (posting->purpose != purpose)
		find_line_number(expect, line, "purpose", purpose, posting->purpose);
}

void expect_line(struct expect *expect, const char *account, int64_t owner, int64_t amount)
{
	expect_line_of(expect, account, owner, amount, false, 0);
}

static const json_t *lots_of(const struct expect *expect)
{
	bool is_there = expect->leaf && expect->lines >= 1 && expect->lines <= expect->leaf->posting_count;

	return is_there ? expect->leaf->postings[expect->lines - 1].lots : NULL;
}

size_t expect_lots_found(const struct expect *expect)
{
	return json_array_size(lots_of(expect));
}

void expect_lots(struct expect *expect, size_t count)
{
	size_t found = expect_lots_found(expect);

	if (expect->leaf && expect->leaf->entry && found != count)
		find_line_number(expect, expect->lines, "lots", (int64_t)count, (int64_t)found);
}

void expect_lot(struct expect *expect, size_t place, int64_t lot, int64_t moved)
{
	const json_t *found = json_array_get(lots_of(expect), place);
	char texts[2][2 * NUMBER_TEXT];

	if (!found || (json_integer_value(json_array_get(found, 0)) == lot && is_amount(json_array_get(found, 1), moved)))
		return;
	snprintf(texts[0], sizeof(texts[0]), "%" PRId64 " %" PRId64, lot, moved);
	snprintf(texts[1], sizeof(texts[1]), "%" JSON_INTEGER_FORMAT " %.20s", json_integer_value(json_array_get(found, 0)),
		 json_string_value(json_array_get(found, 1)));
	find_line(expect, "effect_differs", expect->lines, "lots", texts[0], texts[1]);
}

/* ---- what nobody said */

static size_t count_of(const struct expect *expect, const char *table)
{
	for (size_t i = 0; i < EXPECT_TABLES && expect->seen[i].table; i++)
		if (strcmp(expect->seen[i].table, table) == 0)
			return expect->seen[i].count;
	return 0;
}

static void find_rows(const struct expect *expect)
{
	const char *table;
	json_t *rows;

	json_object_foreach((json_t *)(uintptr_t)expect->leaf->rows, table, rows)
		for (size_t i = count_of(expect, table); i < json_array_size(rows) && derive_may_write(expect->act, table); i++)
			find_row(expect, "effect_unknown", table, NULL, NULL, NULL);
}

static size_t rows_of(const struct leaf *leaf)
{
	size_t count = 0;
	const char *table;
	json_t *rows;

	json_object_foreach((json_t *)(uintptr_t)leaf->rows, table, rows)
		count += json_array_size(rows);
	return count;
}

void expect_end(struct expect *expect)
{
	if (!expect->leaf)
		return;
	for (size_t line = expect->lines; line < expect->leaf->posting_count; line++)
		find_line(expect, "effect_unknown", line + 1, "postings", NULL, expect->leaf->postings[line].account);
	if (rows_of(expect->leaf) != expect->rows)
		find_rows(expect);
}
