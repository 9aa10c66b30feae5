#include "audit/finding.h"

#include "wire/base.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item {
	struct finding finding;
	char *table, *key, *field; /* what place points to */
	size_t order;
};

struct findings {
	struct item *items;
	size_t kept, room, count;
	bool sorted;
};

struct findings *findings_new(void)
{
	return xcalloc(1, sizeof(struct findings));
}

struct findings *findings_free(struct findings *findings)
{
	if (!findings)
		return NULL;
	for (size_t i = 0; i < findings->kept; i++) {
		struct item *item = &findings->items[i];

		free(item->table);
		free(item->key);
		free(item->field);
		free(item->finding.expected);
		free(item->finding.found);
	}
	free(findings->items);
	free(findings);
	return NULL;
}

/* The table's own text of a code, so that it lives as long as the program. */
static const char *known_code(const char *code)
{
	for (const struct finding_code *known = finding_codes; known->code; known++)
		if (strcmp(known->code, code) == 0)
			return known->code;
	BUG("%s is not a code of findings", code);
}

static char *copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static struct item *next_item(struct findings *findings)
{
	if (findings->kept == findings->room) {
		findings->room = findings->room ? 2 * findings->room : 16;
		findings->items = xrealloc(findings->items, findings->room * sizeof(*findings->items));
	}
	return &findings->items[findings->kept];
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_said(const struct findings *findings, const struct finding *finding)
{
	const struct place *place = &finding->place;

	for (size_t i = 0; i < findings->kept; i++) {
		const struct finding *said = &findings->items[i].finding;
		const struct place *there = &said->place;

		if (said->code == finding->code && there->leaf == place->leaf && there->request == place->request &&
		    there->entry == place->entry && there->line == place->line && same_text(there->table, place->table) &&
		    same_text(there->key, place->key) && same_text(there->field, place->field) &&
		    same_text(said->expected, finding->expected) && same_text(said->found, finding->found))
			return true;
	}
	return false;
}

void findings_add(struct findings *findings, const char *code, const struct place *place, const char *expected, const char *found)
{
	struct finding finding = {.code = known_code(code), .place = *place, .expected = (char *)(uintptr_t)expected, .found = (char *)(uintptr_t)found};
	struct item *item;

	if (is_said(findings, &finding))
		return;
	findings->count++;
	if (findings->kept == FINDINGS_MAX)
		return;
	item = next_item(findings);
	*item = (struct item){.finding = {.code = finding.code, .place = *place, .expected = copy(expected), .found = copy(found)},
			      .table = copy(place->table),
			      .key = copy(place->key),
			      .field = copy(place->field),
			      .order = findings->kept++};
	item->finding.place.table = item->table;
	item->finding.place.key = item->key;
	item->finding.place.field = item->field;
	findings->sorted = false;
}

void findings_add_number(struct findings *findings, const char *code, const struct place *place, int64_t expected, int64_t found)
{
	char texts[2][24];

	snprintf(texts[0], sizeof(texts[0]), "%" PRId64, expected);
	snprintf(texts[1], sizeof(texts[1]), "%" PRId64, found);
	findings_add(findings, code, place, texts[0], texts[1]);
}

size_t findings_count(const struct findings *findings)
{
	return findings->count;
}

size_t findings_kept(const struct findings *findings)
{
	return findings->kept;
}

/* Those without a leaf come last. */
static uint64_t position(const struct item *item)
{
	return (uint64_t)item->finding.place.leaf;
}

static int compare(const void *a, const void *b)
{
	const struct item *left = a, *right = b;

	if (position(left) != position(right))
		return position(left) < position(right) ? -1 : 1;
	return left->order < right->order ? -1 : 1;
}

const struct finding *findings_at(const struct findings *findings, size_t i)
{
	struct findings *mutable = (struct findings *)(uintptr_t)findings;

	if (!findings->sorted && findings->kept)
		qsort(mutable->items, findings->kept, sizeof(*findings->items), compare);
	mutable->sorted = true;
	return &findings->items[i].finding;
}

static void put_number(json_t *object, const char *name, int64_t number)
{
	if (number >= 0)
		json_object_set_new(object, name, json_integer(number));
}

/* What a damaged file holds may be no text at all. */
static void put_text(json_t *object, const char *name, const char *text)
{
	json_t *value = text ? json_string(text) : NULL;

	if (text)
		json_object_set_new(object, name, value ? value : json_string("(not UTF-8)"));
}

static json_t *finding_json(const struct finding *finding)
{
	json_t *object = json_pack("{s:s}", "code", finding->code);
	const struct place *place = &finding->place;

	put_number(object, "leaf", place->leaf);
	put_number(object, "request", place->request);
	put_number(object, "entry", place->entry);
	put_number(object, "line", place->line);
	put_text(object, "table", place->table);
	put_text(object, "key", place->key);
	put_text(object, "field", place->field);
	put_text(object, "expected", finding->expected);
	put_text(object, "found", finding->found);
	return object;
}

json_t *findings_json(const struct findings *findings)
{
	json_t *array = json_array();

	for (size_t i = 0; i < findings->kept; i++)
		json_array_append_new(array, finding_json(findings_at(findings, i)));
	return array;
}
