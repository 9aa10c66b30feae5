/* A leaf's members, strictly: those of docs/protocol.md section 10 and no others. */
#include "audit/act.h"
#include "audit/arena.h"
#include "audit/canonical.h"
#include "audit/leaf.h"
#include "wire/base.h"
#include "wire/clock.h"
#include "wire/json.h"

#include <string.h>

#define AMOUNT_DIGITS 18
#define SALT_LENGTH 22 /* of 16 bytes */

/* "0", "-5", "120": no other spelling. 0 or -1. */
static int amount_parse(const char *text, size_t length, int64_t *ret)
{
	bool negative = text && length && text[0] == '-';
	int64_t number = 0;

	if (!text)
		return -1;
	text += negative;
	length -= negative;
	if (!length || length > AMOUNT_DIGITS || (text[0] == '0' && (length > 1 || negative)))
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = 10 * number + (text[i] - '0');
	}
	*ret = negative ? -number : number;
	return 0;
}

/* Digits at a place, -1 if they are not all digits. */
static int digits(const char *text, int count)
{
	int number = 0;

	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = 10 * number + (text[i] - '0');
	}
	return number;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static int32_t days_of(int year, int month, int day)
{
	int era_year = month <= 2 ? year - 1 : year;
	int month_from_march = (month + 9) % 12;

	return (int32_t)(365 * era_year + era_year / 4 - era_year / 100 + era_year / 400 + (153 * month_from_march + 2) / 5 + day - 719469);
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

/* The first ten characters. */
static int date_parse(const char *text, int32_t *ret_day)
{
	int year = digits(text, 4), month = year < 1000 || text[4] != '-' ? -1 : digits(text + 5, 2);
	int day = month < 1 || month > 12 || text[7] != '-' ? -1 : digits(text + 8, 2);

	if (day < 1 || day > days_in(year, month))
		return -1;
	*ret_day = days_of(year, month, day);
	return 0;
}

int day_parse(const char *text, int32_t *ret_day)
{
	return strlen(text) == 10 ? date_parse(text, ret_day) : -1;
}

int moment_parse(const char *text, int64_t *ret_us)
{
	int32_t day;
	int hour, minute, second, micro;

	if (strlen(text) != 27 || date_parse(text, &day) < 0 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != '.' ||
	    text[26] != 'Z')
		return -1;
	hour = digits(text + 11, 2);
	minute = digits(text + 14, 2);
	second = digits(text + 17, 2);
	micro = digits(text + 20, 6);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || micro < 0)
		return -1;
	*ret_us = ((((int64_t)day * 24 + hour) * 60 + minute) * 60 + second) * 1000000 + micro;
	return 0;
}

/* Members of an object, taken one after the other: so many were known. */
struct taking {
	const json_t *object;
	size_t known;
	bool bad;
};

static const json_t *take(struct taking *taking, const char *name, bool required)
{
	const json_t *value = json_object_get(taking->object, name);

	taking->known += value != NULL;
	taking->bad |= required && !value;
	return value;
}

static const char *take_text(struct taking *taking, const char *name, bool required)
{
	const json_t *value = take(taking, name, required);

	taking->bad |= value && !json_is_string(value);
	return json_string_value(value);
}

static int64_t take_integer(struct taking *taking, const char *name, bool required)
{
	const json_t *value = take(taking, name, required);

	taking->bad |= value && (!json_is_integer(value) || json_integer_value(value) < 0);
	return json_integer_value(value);
}

static int64_t take_amount(struct taking *taking, const char *name)
{
	const json_t *value = take(taking, name, true);
	int64_t amount = 0;

	taking->bad |= amount_parse(json_string_value(value), json_string_length(value), &amount) < 0;
	return amount;
}

static bool is_taken(const struct taking *taking)
{
	return !taking->bad && taking->known == json_object_size(taking->object);
}

static bool are_lots(const json_t *lots)
{
	const json_t *lot;
	size_t i;
	int64_t amount;

	json_array_foreach(lots, i, lot) {
		const json_t *moved = json_array_get(lot, 1);

		if (json_array_size(lot) != 2 || !json_is_integer(json_array_get(lot, 0)) || json_integer_value(json_array_get(lot, 0)) < 1 ||
		    amount_parse(json_string_value(moved), json_string_length(moved), &amount) < 0)
			return false;
	}
	return json_array_size(lots) > 0;
}

static bool take_posting(const json_t *object, struct posting *posting)
{
	struct taking taking = {.object = object};
	const json_t *restricted;

	posting->account = take_text(&taking, "account", true);
	posting->owner = take_integer(&taking, "owner", true);
	posting->amount = take_amount(&taking, "amount");
	posting->balance = take_amount(&taking, "balance");
	posting->version = take_integer(&taking, "version", true);
	posting->fund = take_integer(&taking, "fund", false);
	posting->purpose = take_integer(&taking, "purpose", false);
	restricted = take(&taking, "restricted", false);
	posting->restricted = json_is_true(restricted);
	posting->lots = take(&taking, "lots", false);
	return is_taken(&taking) && posting->amount != 0 && (!restricted || json_is_boolean(restricted)) &&
	       (!posting->lots || are_lots(posting->lots)) && strlen(posting->account) <= 5;
}

static const char *take_postings(struct leaf *leaf, const json_t *postings)
{
	size_t count = json_array_size(postings);

	if (!count)
		return "an entry without postings";
	leaf->postings = arena_take(count * sizeof(*leaf->postings));
	memset(leaf->postings, 0, count * sizeof(*leaf->postings));
	leaf->posting_count = count;
	for (size_t i = 0; i < count; i++)
		if (!take_posting(json_array_get(postings, i), &leaf->postings[i]))
			return "a posting has not the members of one";
	return NULL;
}

static bool are_rows(const json_t *rows)
{
	const char *table;
	json_t *list, *row;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)rows, table, list) {
		if (!json_array_size(list))
			return false;
		json_array_foreach(list, i, row)
			if (!json_is_object(row))
				return false;
	}
	return json_object_size(rows) > 0;
}

/* What only entries have; all of it or nothing. */
static const char *take_entry(struct leaf *leaf, struct taking *taking)
{
	bool is_entry = json_object_get(taking->object, "entry") != NULL;

	leaf->entry = take_integer(taking, "entry", false);
	leaf->book = take_text(taking, "book", is_entry);
	leaf->occurred_on = take_text(taking, "occurred_on", is_entry);
	leaf->reverses = take_integer(taking, "reverses", false);
	if (!is_entry)
		return leaf->book || leaf->occurred_on || leaf->reverses || take(taking, "postings", false) ? "members of an entry without its number" : NULL;
	if (taking->bad || leaf->entry < 1 || day_parse(leaf->occurred_on, &leaf->occurred_day) < 0)
		return "the members of an entry are not well formed";
	return take_postings(leaf, take(taking, "postings", true));
}

static const char *take_leaf(struct leaf *leaf)
{
	struct taking taking = {.object = leaf->content};
	const char *fault, *salt;

	if (take_integer(&taking, "v", true) != 1)
		return "v is not 1";
	leaf->kind = take_text(&taking, "kind", true);
	leaf->kid = take_text(&taking, "kid", true);
	leaf->request = take_text(&taking, "request", true);
	leaf->recorded_at = take_text(&taking, "recorded_at", true);
	leaf->result = take_text(&taking, "result", false);
	salt = take_text(&taking, "salt", false);
	leaf->rows = take(&taking, "rows", false);
	if (taking.bad || strlen(leaf->kid) != KID_LENGTH || strlen(leaf->request) != KID_LENGTH)
		return "kind, kid, request or recorded_at is not well formed";
	if (moment_parse(leaf->recorded_at, &leaf->recorded_us) < 0)
		return "recorded_at is not well formed";
	if ((leaf->result && strlen(leaf->result) != KID_LENGTH) || (salt && strlen(salt) != SALT_LENGTH))
		return "result or salt is not well formed";
	if (leaf->rows && !are_rows(leaf->rows))
		return "rows is not well formed";
	fault = take_entry(leaf, &taking);
	if (fault)
		return fault;
	return is_taken(&taking) ? NULL : "a member that no leaf has";
}

void leaf_parse(struct leaf *leaf)
{
	json_t *other = NULL;

	tree_hash_leaf(leaf->bytes, leaf->length, leaf->hash);
	if (leaf->length > LEAF_MAX) {
		leaf->fault = "longer than 16 KiB";
		return;
	}
	leaf->content = canonical_read(leaf->bytes, leaf->length, &leaf->fault, &other);
	leaf->not_canonical = other != NULL;
	if (other)
		leaf->content = other;
	if (leaf->content) {
		const char *fault = take_leaf(leaf);

		if (fault) {
			leaf->fault = fault;
			leaf->not_canonical = false;
			leaf_clear(leaf);
		}
	}
}

void leaf_clear(struct leaf *leaf)
{
	arena_decref(leaf->content);
	arena_give(leaf->postings);
	leaf->content = NULL;
	leaf->postings = NULL;
	leaf->posting_count = 0;
	leaf->entry = 0;
	leaf->rows = NULL;
}

const json_t *leaf_rows(const struct leaf *leaf, const char *table)
{
	return json_object_get(leaf->rows, table);
}

int64_t row_number(const json_t *row, const char *member, int64_t otherwise)
{
	const json_t *value = json_object_get(row, member);
	int64_t number;

	if (json_is_integer(value))
		return json_integer_value(value);
	return amount_parse(json_string_value(value), json_string_length(value), &number) == 0 ? number : otherwise;
}

const char *row_text(const json_t *row, const char *member)
{
	return json_string_value(json_object_get(row, member));
}

bool row_flag(const json_t *row, const char *member)
{
	return json_is_true(json_object_get(row, member));
}
