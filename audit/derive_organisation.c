/* The organisation, its teams and shops, and the register of volunteers. */
#include "audit/derive.h"
#include "audit/derive_money.h"
#include "audit/derive_node.h"
#include "audit/expect.h"
#include "audit/past.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 64
#define PATH_TEXT (12 * DEPTH_MAX)

static const char *const levels[] = {"city", "county", "street", "community", "grid", "building", "household"};
#define LEVELS (int)(sizeof(levels) / sizeof(*levels))
#define BELOW_STREET 4 /* hosts hang on a city, county or street */

int node_level(const char *kind)
{
	for (int i = 0; i < LEVELS; i++)
		if (strcmp(levels[i], kind) == 0)
			return i + 1;
	return 0;
}

const struct node *node_named(struct replay *replay, const struct act *act, const char *field)
{
	const char *code = row_text(act->input, field);
	const struct node *node = code ? registry_node_coded(replay->registry, code) : NULL;

	if (!node && !replay->partial)
		expect_broken(replay, act, 0, "unknown_node", code, NULL);
	return node;
}

/* Numbers of the nodes from the root down, parted by dots. */
static void path_of(const struct replay *replay, const struct node *parent, int64_t id, char path[PATH_TEXT])
{
	int64_t ids[DEPTH_MAX];
	int depth = 0, length = 0;

	ids[depth++] = id;
	for (; parent && depth < DEPTH_MAX; parent = registry_node(replay->registry, parent->parent))
		ids[depth++] = parent->id;
	path[0] = '\0';
	while (depth-- > 0 && length < PATH_TEXT - 24)
		length += snprintf(path + length, (size_t)(PATH_TEXT - length), "%s%" PRId64, length ? "." : "", ids[depth]);
}

int64_t expect_node(struct expect *expect, const struct node *parent, const char *kind)
{
	const json_t *input = expect->act->input, *row = expect->leaf ? json_array_get(leaf_rows(expect->leaf, "node"), 0) : NULL;
	const char *code = row_text(input, "code");
	int64_t id = row_number(row, "id", 0);
	char path[PATH_TEXT];

	if (code && registry_node_coded(expect->replay->registry, code))
		expect_broken(expect->replay, expect->act, 0, "already_exists", NULL, code);
	path_of(expect->replay, parent, id, path);
	EXPECT_ROW(expect, "node", GIVEN("id"), NUMBER("parent", parent->id), TEXT("kind", kind), TEXT("code", code),
		   TEXT("name", row_text(input, "name")), TEXT("path", path), REQUEST);
	return id;
}

static void org_add(struct replay *replay, const struct act *act)
{
	const struct node *parent = node_named(replay, act, "parent");
	const char *kind = row_text(act->input, "kind");
	struct expect expect = expect_plain(replay, act, 0);
	int above = parent ? node_level(parent->kind) : 0, below = kind && node_level(kind) ? node_level(kind) : BELOW_STREET;

	if (!parent)
		return;
	if (!above || above >= below)
		expect_broken(replay, act, 0, "wrong_parent", kind, parent->kind);
	expect_node(&expect, parent, kind);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

/* Teams and shops hang on any level; not on hosts, nor on each other. */
static const struct node *level_named(struct replay *replay, const struct act *act)
{
	const struct node *parent = node_named(replay, act, "parent");

	if (parent && !node_level(parent->kind))
		expect_broken(replay, act, 0, "wrong_parent", NULL, parent->kind);
	return parent;
}

static void team_add(struct replay *replay, const struct act *act)
{
	const struct node *parent = level_named(replay, act);
	struct expect expect = expect_plain(replay, act, 0);
	int64_t node;

	if (!parent)
		return;
	node = expect_node(&expect, parent, "team");
	EXPECT_ROW(&expect, "team", NUMBER("node", node), TEXT("colour", row_text(act->input, "colour")), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

static void shop_add(struct replay *replay, const struct act *act)
{
	const struct node *parent = level_named(replay, act);
	const struct item *fund = money_fund(replay, act, 0, act->input, "fund");
	struct expect expect = expect_plain(replay, act, 0);
	int64_t node;

	if (!parent || !fund)
		return;
	node = expect_node(&expect, parent, "shop");
	EXPECT_ROW(&expect, "shop", NUMBER("node", node), NUMBER("fund", fund->key),
		   AMOUNT("unsettled_limit", row_number(act->input, "unsettled_limit", 0)),
		   AMOUNT("return_limit", row_number(act->input, "return_limit", 0)), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

/* ---- volunteers */

#define NUMBER_LEAST INT64_C(1000000000) /* of those that the ledger draws: ten digits */
#define NUMBER_MOST INT64_C(9999999999)
#define PHONE_LEAST INT64_C(13000000000)
#define PHONE_MOST INT64_C(19999999999)

/* Whether an earlier line of the act has the same number. */
static bool is_repeated(const struct act *act, size_t place, int64_t number)
{
	for (size_t i = 0; i < place && i < act->leaf_count; i++)
		if (row_number(json_array_get(leaf_rows(&act->leaves[i], "volunteer"), 0), "number", 0) == number)
			return true;
	return false;
}

/* The number of the register, or one that the ledger drew. */
static void check_number(struct replay *replay, const struct act *act, size_t place, int64_t given, int64_t number)
{
	if (!given && (number < NUMBER_LEAST || number > NUMBER_MOST))
		expect_broken_number(replay, act, place, "ten_digits", 0, number);
	if (given >= PHONE_LEAST && given <= PHONE_MOST)
		expect_broken_number(replay, act, place, "looks_like_phone", 0, given);
	if (past_community(replay, number) || is_repeated(act, place, number))
		expect_broken_number(replay, act, place, "already_exists", 0, number);
}

static void check_volunteer(struct replay *replay, const struct act *act, size_t place, const json_t *line, const char *community)
{
	const struct node *node = community ? registry_node_coded(replay->registry, community) : NULL;
	struct expect expect = expect_plain(replay, act, place);
	int64_t given = row_number(line, "number", 0), number;
	const json_t *row;

	if (!node || strcmp(node->kind, "community") != 0)
		expect_broken(replay, act, place, "unknown_community", community, NULL);
	row = EXPECT_ROW(&expect, "volunteer", given ? NUMBER("number", given) : GIVEN("number"), NUMBER("community", node ? node->id : 0),
			 TEXT("name", row_text(line, "name")), TEXT("phone", row_text(line, "phone")), REQUEST);
	number = row_number(row, "number", 0);
	if (row)
		check_number(replay, act, place, given, number);
	expect_end(&expect);
}

static void volunteer_add(struct replay *replay, const struct act *act)
{
	check_volunteer(replay, act, 0, act->input, row_text(act->input, "community"));
	expect_leaves(replay, act, 1);
}

static void volunteer_import(struct replay *replay, const struct act *act)
{
	const json_t *lines = json_object_get(act->input, "lines"), *line;
	const char *otherwise = row_text(act->input, "community");
	size_t i;

	json_array_foreach(lines, i, line) {
		const char *community = row_text(line, "community");

		check_volunteer(replay, act, i, line, community ? community : otherwise);
	}
	expect_leaves(replay, act, json_array_size(lines));
}

const struct derivation derive_organisation[] = {
	{"org_add", "node", org_add},
	{"team_add", "node team", team_add},
	{"shop_add", "node shop", shop_add},
	{"volunteer_add", "volunteer", volunteer_add},
	{"volunteer_import", "volunteer", volunteer_import},
	{.op = NULL},
};
