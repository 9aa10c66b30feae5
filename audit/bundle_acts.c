/* leaves.tsv and requests.tsv of a bundle, side by side, as acts. */
#include "audit/bundle.h"
#include "wire/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_EVERY 512 /* acts */

/* A line of either file: its numbers, and the text after them. */
struct line {
	int64_t numbers[3];
	const char *text;
	size_t length, place; /* place: of the line, from 1 */
	const char *request;  /* of a leaf: the hash of its request, 43 characters; NULL if it was not found */
};

struct lines {
	const struct mapped *mapped;
	const char *name;
	size_t columns, at, place;
	int64_t last; /* first number of the line before */
	struct findings *findings;
	struct line line;
	bool there;
};

static void find_line(const struct lines *lines, const char *found)
{
	struct place place = PLACE_NONE;
	char key[24];

	snprintf(key, sizeof(key), "%zu", lines->place);
	place.table = lines->name;
	place.key = key;
	findings_add(lines->findings, lines->columns == 1 ? "leaf_malformed" : "request_malformed", &place, NULL, found);
}

/* Digits and a tab; the place after it, NULL if they are none. */
static const char *take_number(const char *at, const char *end, int64_t *ret)
{
	const char *start = at;
	int64_t number = 0;

	while (at < end && *at >= '0' && *at <= '9' && at - start < 17)
		number = 10 * number + (*at++ - '0');
	if (at == start || at == end || *at != '\t' || (*start == '0' && at - start > 1))
		return NULL;
	*ret = number;
	return at + 1;
}

/* The first of the members that bear this name is the leaf's own: what stands before it in the order of names has none. */
static const char *request_of(const char *text, size_t length)
{
	static const char name[] = "\"request\":\"";
	const char *at = memmem(text, length, name, sizeof(name) - 1);

	if (!at || (size_t)(text + length - at) < sizeof(name) - 1 + KID_LENGTH + 1 || at[sizeof(name) - 1 + KID_LENGTH] != '"')
		return NULL;
	return at + sizeof(name) - 1;
}

static bool parse(struct lines *lines, const char *at, const char *end)
{
	for (size_t i = 0; i < lines->columns; i++) {
		at = take_number(at, end, &lines->line.numbers[i]);
		if (!at)
			return false;
	}
	if (at == end || lines->line.numbers[0] <= lines->last)
		return false;
	lines->last = lines->line.numbers[0];
	lines->line.text = at;
	lines->line.length = (size_t)(end - at);
	lines->line.place = lines->place;
	lines->line.request = lines->columns == 1 ? request_of(at, lines->line.length) : NULL;
	return true;
}

/* The next line that is one; others are said and passed over. */
static void next(struct lines *lines)
{
	lines->there = false;
	while (!lines->there && lines->at < lines->mapped->length) {
		const char *start = lines->mapped->bytes + lines->at, *end = memchr(start, '\n', lines->mapped->length - lines->at);

		lines->place++;
		lines->at = end ? (size_t)(end + 1 - lines->mapped->bytes) : lines->mapped->length;
		lines->there = end && parse(lines, start, end);
		if (!lines->there)
			find_line(lines, end ? "not such a line, or not in ascending order" : "the last line does not end");
	}
}

/* Leaves of one act, gathered. */
struct gathered {
	struct leaf *leaves;
	size_t count, room;
};

static void gather(struct gathered *gathered, const struct line *line)
{
	if (gathered->count == gathered->room) {
		gathered->room = gathered->room ? 4 * gathered->room : 1;
		gathered->leaves = xrealloc(gathered->leaves, gathered->room * sizeof(*gathered->leaves));
	}
	gathered->leaves[gathered->count++] = (struct leaf){.index = line->numbers[0], .bytes = line->text, .length = line->length};
}

/* Leaves stand together as long as they name the same request, up to what the request's own line says. */
static void take_leaves(struct lines *leaves, int64_t count_max, struct gathered *gathered)
{
	struct line first = leaves->line;

	do {
		gather(gathered, &leaves->line);
		next(leaves);
	} while (leaves->there && first.request && leaves->line.request && (int64_t)gathered->count < count_max &&
		 leaves->line.numbers[0] == first.numbers[0] + (int64_t)gathered->count &&
		 memcmp(leaves->line.request, first.request, KID_LENGTH) == 0);
}

static void find_request(const struct reading *reading, const struct line *request, const char *code)
{
	struct place place = PLACE_NONE;
	char key[24];

	snprintf(key, sizeof(key), "%zu", request->place);
	place.table = "requests.tsv";
	place.key = key;
	place.request = request->numbers[0];
	place.field = "first";
	findings_add_number(reading->findings, code, &place, -1, request->numbers[1]);
}

/* One finding for leaves that stand together. */
static void say_missing(const struct reading *reading, int64_t from, int64_t to)
{
	struct place place = PLACE_NONE;
	char key[48];

	if (from >= to)
		return;
	snprintf(key, sizeof(key), from + 1 < to ? "%" PRId64 "..%" PRId64 : "%" PRId64, from, to - 1);
	place.leaf = from;
	place.table = "leaves.tsv";
	place.key = key;
	findings_add(reading->findings, "leaf_missing", &place, NULL, NULL);
}

/* Requests whose leaves are not there, up to a leaf. */
static void pass_over(const struct reading *reading, struct lines *requests, int64_t upto)
{
	for (; requests->there && requests->line.numbers[1] < upto; next(requests))
		find_request(reading, &requests->line, "request_row_differs");
}

/* Where the next act should begin. */
static int64_t add_act(const struct reading *reading, struct lines *leaves, struct lines *requests)
{
	struct act act = {.first = leaves->line.numbers[0], .said_first = -1, .said_count = -1};
	struct gathered gathered = {0};
	const struct line *request = &requests->line;
	bool has_request = requests->there && request->numbers[1] == act.first;

	if (has_request) {
		act.number = request->numbers[0];
		act.said_first = request->numbers[1];
		act.said_count = request->numbers[2];
		act.compact = request->text;
		act.compact_length = request->length;
	}
	take_leaves(leaves, has_request ? request->numbers[2] : INT64_MAX, &gathered);
	act.leaves = gathered.leaves;
	act.leaf_count = gathered.count;
	engine_add(reading->engine, &act);
	if (has_request)
		next(requests);
	return act.first + (int64_t)act.leaf_count;
}

void bundle_acts(struct bundle *bundle, const struct reading *reading)
{
	struct lines leaves = {.mapped = &bundle->leaves, .name = "leaves.tsv", .columns = 1, .last = -1, .findings = reading->findings};
	struct lines requests = {.mapped = &bundle->requests, .name = "requests.tsv", .columns = 3, .last = 0, .findings = reading->findings};
	int64_t expected = bundle->from;

	next(&requests);
	for (next(&leaves); leaves.there;) {
		if (!bundle->partial)
			say_missing(reading, expected, leaves.line.numbers[0]);
		pass_over(reading, &requests, leaves.line.numbers[0]);
		expected = add_act(reading, &leaves, &requests);
		if (leaves.place % PROGRESS_EVERY == 0 && reading->progress)
			reading->progress(reading->progress_arg, expected, (int64_t)bundle->size);
	}
	if (!bundle->partial)
		say_missing(reading, expected, (int64_t)bundle->size);
	pass_over(reading, &requests, INT64_MAX);
	bundle->leaf_count = (int64_t)leaves.place;
	bundle->request_count = (int64_t)requests.place;
}
