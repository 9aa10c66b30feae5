#include "audit/names.h"

#include "wire/base.h"

#include <stdlib.h>
#include <string.h>

#define NODES_MAX (1 << 24) /* numbers run from 1 without a gap: a larger one is not a node of this ledger */

struct named {
	char *code, *title;
	int64_t host; /* of funds */
};

struct names {
	struct named *nodes;
	char **purposes;
	size_t node_room, purpose_room;
};

struct names *names_new(void)
{
	return xcalloc(1, sizeof(struct names));
}

struct names *names_free(struct names *names)
{
	if (!names)
		return NULL;
	for (size_t i = 0; i < names->node_room; i++) {
		free(names->nodes[i].code);
		free(names->nodes[i].title);
	}
	for (size_t i = 0; i < names->purpose_room; i++)
		free(names->purposes[i]);
	free(names->nodes);
	free(names->purposes);
	free(names);
	return NULL;
}

/* Room for number in an array of items of a size, the new ones zero. */
static void *with_room(void *items, size_t size, size_t *room, size_t number)
{
	size_t wanted = *room ? *room : 64;

	if (number < *room)
		return items;
	while (wanted <= number)
		wanted *= 2;
	items = xrealloc(items, wanted * size);
	memset((char *)items + *room * size, 0, (wanted - *room) * size);
	*room = wanted;
	return items;
}

/* The number of a row under a member, 0 when it is none that can be. */
static size_t number_of(const json_t *row, const char *member)
{
	json_int_t number = json_integer_value(json_object_get(row, member));

	return number > 0 && number < NODES_MAX ? (size_t)number : 0;
}

static void learn_node(struct names *names, const json_t *row)
{
	size_t id = number_of(row, "id");
	const char *code = json_string_value(json_object_get(row, "code")), *title = json_string_value(json_object_get(row, "name"));

	if (!id || !code || !title)
		return;
	names->nodes = with_room(names->nodes, sizeof(*names->nodes), &names->node_room, id);
	free(names->nodes[id].code);
	free(names->nodes[id].title);
	names->nodes[id].code = xstrdup(code);
	names->nodes[id].title = xstrdup(title);
}

static void learn_fund(struct names *names, const json_t *row)
{
	size_t id = number_of(row, "node");

	if (!id)
		return;
	names->nodes = with_room(names->nodes, sizeof(*names->nodes), &names->node_room, id);
	names->nodes[id].host = (int64_t)number_of(row, "host");
}

static void learn_purpose(struct names *names, const json_t *row)
{
	size_t id = number_of(row, "id");
	const char *label = json_string_value(json_object_get(row, "label"));

	if (!id || !label)
		return;
	names->purposes = with_room(names->purposes, sizeof(*names->purposes), &names->purpose_room, id);
	free(names->purposes[id]);
	names->purposes[id] = xstrdup(label);
}

static void learn_table(struct names *names, const json_t *rows, const char *table, void (*learn)(struct names *, const json_t *))
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(rows, table), i, row)
		learn(names, row);
}

void names_learn(struct names *names, const json_t *rows)
{
	learn_table(names, rows, "node", learn_node);
	learn_table(names, rows, "fund", learn_fund);
	learn_table(names, rows, "purpose", learn_purpose);
}

static const struct named *node_at(const struct names *names, int64_t node)
{
	return node > 0 && (uint64_t)node < names->node_room ? &names->nodes[node] : NULL;
}

const char *names_code(const struct names *names, int64_t node)
{
	const struct named *named = node_at(names, node);

	return named ? named->code : NULL;
}

const char *names_title(const struct names *names, int64_t node)
{
	const struct named *named = node_at(names, node);

	return named ? named->title : NULL;
}

const char *names_purpose(const struct names *names, int64_t purpose)
{
	return purpose > 0 && (uint64_t)purpose < names->purpose_room ? names->purposes[purpose] : NULL;
}

int64_t names_host(const struct names *names, int64_t fund)
{
	const struct named *named = node_at(names, fund);

	return named ? named->host : 0;
}

int64_t names_fund(const struct names *names, const char *code)
{
	for (size_t i = 1; i < names->node_room; i++)
		if (names->nodes[i].host && names->nodes[i].code && strcmp(names->nodes[i].code, code) == 0)
			return (int64_t)i;
	return 0;
}
