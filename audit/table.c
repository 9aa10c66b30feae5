/* Rows of one table with two indexes; see table.h. */
#include "audit/table.h"

#include "audit/act.h"
#include "wire/base.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static size_t hash_number(int64_t number)
{
	uint64_t word = (uint64_t)number * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(word ^ word >> 32);
}

static size_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return (size_t)(hash ^ hash >> 32);
}

static void insert(struct index *index, size_t hash, size_t place)
{
	size_t at = hash & (index->room - 1);

	while (index->places[at])
		at = (at + 1) & (index->room - 1);
	index->places[at] = place;
	index->used++;
}

/* Makes room for one more; true if all must be inserted again. */
static bool grow(struct index *index)
{
	if (2 * (index->used + 1) <= index->room)
		return false;
	index->room = index->room ? 2 * index->room : 16;
	free(index->places);
	index->places = xcalloc(index->room, sizeof(*index->places));
	index->used = 0;
	return true;
}

static struct item make_item(const struct table *table, int64_t key, const json_t *row, int64_t leaf)
{
	struct item item = {.key = key, .row = json_deep_copy(row), .made = leaf};
	const char *name = table->unique ? row_text(item.row, table->unique) : NULL;

	item.name = name ? name : "";
	return item;
}

void table_add(struct table *table, int64_t key, const json_t *row, int64_t leaf)
{
	size_t last = table->count;

	if (table->count == table->room) {
		table->room = table->room ? 2 * table->room : 16;
		table->items = xrealloc(table->items, table->room * sizeof(*table->items));
	}
	table->items[table->count++] = make_item(table, key, row, leaf);
	for (size_t i = grow(&table->by_key) ? 0 : last; i <= last; i++)
		insert(&table->by_key, hash_number(table->items[i].key), i + 1);
	if (!table->unique)
		return;
	for (size_t i = grow(&table->by_name) ? 0 : last; i <= last; i++)
		insert(&table->by_name, hash_text(table->items[i].name), i + 1);
}

const struct item *table_by_key(const struct table *table, int64_t key)
{
	const struct index *index = &table->by_key;

	if (!index->room)
		return NULL;
	for (size_t at = hash_number(key) & (index->room - 1); index->places[at]; at = (at + 1) & (index->room - 1))
		if (table->items[index->places[at] - 1].key == key)
			return &table->items[index->places[at] - 1];
	return NULL;
}

const struct item *table_by_name(const struct table *table, const char *name)
{
	const struct index *index = &table->by_name;

	if (!index->room)
		return NULL;
	for (size_t at = hash_text(name) & (index->room - 1); index->places[at]; at = (at + 1) & (index->room - 1))
		if (strcmp(table->items[index->places[at] - 1].name, name) == 0)
			return &table->items[index->places[at] - 1];
	return NULL;
}

void table_clear(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		json_decref(table->items[i].row);
	free(table->items);
	free(table->by_key.places);
	free(table->by_name.places);
}
