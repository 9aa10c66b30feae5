/* What the leaves have registered; see registry.h. All rows as they stand in the leaves, and what is asked often beside. */
#include "audit/registry.h"

#include "audit/act.h"
#include "audit/authority.h"
#include "audit/table.h"
#include "wire/base.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64 /* of the organisation; a row that makes a ring does not hang the audit */

enum table_id {
	TABLE_IDENTITY,
	TABLE_NODE,
	TABLE_PERSON,
	TABLE_OPERATOR,
	TABLE_OPERATOR_REVOCATION,
	TABLE_ROLE_GRANT,
	TABLE_ROLE_REVOCATION,
	TABLE_TEAM,
	TABLE_SHOP,
	TABLE_FUND,
	TABLE_PURPOSE,
	TABLE_RULE,
	TABLE_CAMPAIGN,
	TABLE_LEDGER_KEY,
	TABLE_LEDGER_KEY_END,
	TABLES,
};

static const struct {
	const char *name, *key, *unique; /* unique: another member that names a row; NULL: none */
} kept[TABLES] = {
	[TABLE_IDENTITY] = {"identity", "one", NULL},
	[TABLE_NODE] = {"node", "id", "code"},
	[TABLE_PERSON] = {"person", "id", NULL},
	[TABLE_OPERATOR] = {"operator", "id", "kid"},
	[TABLE_OPERATOR_REVOCATION] = {"operator_revocation", "operator", NULL},
	[TABLE_ROLE_GRANT] = {"role_grant", "id", NULL},
	[TABLE_ROLE_REVOCATION] = {"role_revocation", "role_grant", NULL},
	[TABLE_TEAM] = {"team", "node", NULL},
	[TABLE_SHOP] = {"shop", "node", NULL},
	[TABLE_FUND] = {"fund", "node", NULL},
	[TABLE_PURPOSE] = {"purpose", "id", "label"},
	[TABLE_RULE] = {"rule", "id", NULL},
	[TABLE_CAMPAIGN] = {"campaign", "id", "code"},
	[TABLE_LEDGER_KEY] = {"ledger_key", "id", NULL},
	[TABLE_LEDGER_KEY_END] = {"ledger_key_end", "ledger_key", NULL},
};

/* A grant, with the role as the matrix counts it, and the next one of its operator. */
struct held {
	struct grant grant; /* first: registry_grant_at gives it out */
	unsigned role;
	struct held *next;
};

struct person_of {
	struct operator operator; /* first, as above */
	struct held *grants;
};

struct registry {
	struct table tables[TABLES];
	struct node **nodes;           /* parallel to the items of their tables */
	struct person_of **operators;
	struct held **grants;
	struct ledger_key **keys;
	struct rule *rules;
	struct {
		enum table_id table;
		size_t at;
	} *order; /* of the log, for registry_save */
	size_t order_count, order_room;
};

struct registry *registry_new(void)
{
	struct registry *registry = xcalloc(1, sizeof(*registry));

	for (enum table_id id = 0; id < TABLES; id++)
		registry->tables[id].unique = kept[id].unique;
	return registry;
}

static size_t count_of(const struct registry *registry, enum table_id id)
{
	return registry->tables[id].count;
}

struct registry *registry_free(struct registry *registry)
{
	if (!registry)
		return NULL;
	for (size_t i = 0; i < count_of(registry, TABLE_NODE); i++) {
		free(registry->nodes[i]->kind);
		free(registry->nodes[i]->code);
		free(registry->nodes[i]->name);
		free(registry->nodes[i]);
	}
	for (size_t i = 0; i < count_of(registry, TABLE_OPERATOR); i++) {
		key_free(registry->operators[i]->operator.key);
		free(registry->operators[i]);
	}
	for (size_t i = 0; i < count_of(registry, TABLE_ROLE_GRANT); i++) {
		free(registry->grants[i]->grant.role);
		free(registry->grants[i]);
	}
	for (size_t i = 0; i < count_of(registry, TABLE_LEDGER_KEY); i++) {
		free(registry->keys[i]->use);
		free(registry->keys[i]->text);
		free(registry->keys[i]);
	}
	for (enum table_id id = 0; id < TABLES; id++)
		table_clear(&registry->tables[id]);
	free(registry->nodes);
	free(registry->operators);
	free(registry->grants);
	free(registry->keys);
	free(registry->rules);
	free(registry->order);
	free(registry);
	return NULL;
}

static enum table_id table_named(const char *name)
{
	enum table_id id = 0;

	while (id < TABLES && strcmp(kept[id].name, name) != 0)
		id++;
	return id;
}

/* ---- what is asked often, made from the rows */

static int64_t number(const json_t *row, const char *member)
{
	return row_number(row, member, 0);
}

static char *text(const json_t *row, const char *member)
{
	const char *value = row_text(row, member);

	return xstrdup(value ? value : "");
}

/* A further pointer in a list that is parallel to a table's items, which already has this one. */
static void *list_room(void *list, size_t count)
{
	return count & (count - 1) ? list : xrealloc(list, 2 * count * sizeof(void *));
}

static void add_node(struct registry *registry, const json_t *row, int64_t leaf)
{
	struct node *node = xmalloc(sizeof(*node));
	size_t count = count_of(registry, TABLE_NODE);

	*node = (struct node){.id = number(row, "id"), .parent = number(row, "parent"), .kind = text(row, "kind"),
			      .code = text(row, "code"), .name = text(row, "name"), .made = leaf};
	registry->nodes = list_room(registry->nodes, count);
	registry->nodes[count - 1] = node;
}

static void add_operator(struct registry *registry, const json_t *row, int64_t leaf)
{
	struct person_of *added = xmalloc(sizeof(*added));
	size_t count = count_of(registry, TABLE_OPERATOR);
	const json_t *jwk = json_object_get(row, "jwk");

	*added = (struct person_of){.operator = {.id = number(row, "id"), .person = number(row, "person"),
						 .key = jwk ? key_from_jwk(jwk) : NULL, .made = leaf, .ended = -1}};
	registry->operators = list_room(registry->operators, count);
	registry->operators[count - 1] = added;
}

static struct person_of *operator_item(const struct registry *registry, int64_t id)
{
	const struct table *table = &registry->tables[TABLE_OPERATOR];
	const struct item *item = table_by_key(table, id);

	return item ? registry->operators[item - table->items] : NULL;
}

static void add_grant(struct registry *registry, const json_t *row, int64_t leaf)
{
	struct held *held = xmalloc(sizeof(*held));
	size_t count = count_of(registry, TABLE_ROLE_GRANT);
	struct person_of *owner = operator_item(registry, number(row, "operator"));

	*held = (struct held){.grant = {.id = number(row, "id"), .operator = number(row, "operator"), .node = number(row, "node"),
					.role = text(row, "role"), .made = leaf, .ended = -1}};
	held->role = authority_role(held->grant.role);
	registry->grants = list_room(registry->grants, count);
	registry->grants[count - 1] = held;
	if (owner) {
		held->next = owner->grants;
		owner->grants = held;
	}
}

static void add_key(struct registry *registry, const json_t *row, int64_t leaf)
{
	struct ledger_key *key = xmalloc(sizeof(*key));
	size_t count = count_of(registry, TABLE_LEDGER_KEY);

	*key =
	    (struct ledger_key){.id = number(row, "id"), .use = text(row, "use"), .text = text(row, "public"), .made = leaf, .ended = -1};
	registry->keys = list_room(registry->keys, count);
	registry->keys[count - 1] = key;
}

static void add_rule(struct registry *registry, const json_t *row)
{
	size_t count = count_of(registry, TABLE_RULE);
	const char *date = row_text(row, "effective_from");
	int32_t from = INT32_MAX; /* never in force */

	if (date)
		(void)!day_parse(date, &from);
	registry->rules = xrealloc(registry->rules, count * sizeof(*registry->rules));
	registry->rules[count - 1] = (struct rule){
		.id = number(row, "id"),
		.from = from,
		.points = number(row, "points"),
		.minutes = number(row, "minutes"),
		.daily_minutes = number(row, "daily_minutes"),
		.lot_days = number(row, "lot_days"),
		.fen_per_point = number(row, "fen_per_point"),
		.till_daily_points = number(row, "till_daily_points"),
		.volunteer_daily_points = number(row, "volunteer_daily_points"),
	};
}

/* What a row that ends another names stays as it was if it had ended before. */
static void end(int64_t *ended, int64_t leaf)
{
	if (*ended < 0)
		*ended = leaf;
}

static void end_operator(struct registry *registry, const json_t *row, int64_t leaf)
{
	struct person_of *ended = operator_item(registry, number(row, "operator"));

	if (ended)
		end(&ended->operator.ended, leaf);
}

static void end_grant(struct registry *registry, const json_t *row, int64_t leaf)
{
	const struct table *table = &registry->tables[TABLE_ROLE_GRANT];
	const struct item *item = table_by_key(table, number(row, "role_grant"));

	if (item)
		end(&registry->grants[item - table->items]->grant.ended, leaf);
}

static void end_key(struct registry *registry, const json_t *row, int64_t leaf)
{
	const struct table *table = &registry->tables[TABLE_LEDGER_KEY];
	const struct item *item = table_by_key(table, number(row, "ledger_key"));

	if (item)
		end(&registry->keys[item - table->items]->ended, leaf);
}

static void take_over(struct registry *registry, enum table_id id, const json_t *row, int64_t leaf)
{
	switch (id) {
	case TABLE_NODE: add_node(registry, row, leaf); break;
	case TABLE_OPERATOR: add_operator(registry, row, leaf); break;
	case TABLE_ROLE_GRANT: add_grant(registry, row, leaf); break;
	case TABLE_LEDGER_KEY: add_key(registry, row, leaf); break;
	case TABLE_RULE: add_rule(registry, row); break;
	case TABLE_OPERATOR_REVOCATION: end_operator(registry, row, leaf); break;
	case TABLE_ROLE_REVOCATION: end_grant(registry, row, leaf); break;
	case TABLE_LEDGER_KEY_END: end_key(registry, row, leaf); break;
	default: break; /* its item is all there is to remember */
	}
}

bool registry_add(struct registry *registry, const char *name, const json_t *row, int64_t leaf)
{
	enum table_id id = table_named(name);

	if (id == TABLES)
		return false;
	table_add(&registry->tables[id], id == TABLE_IDENTITY ? 1 : number(row, kept[id].key), row, leaf);
	take_over(registry, id, row, leaf);
	if (registry->order_count == registry->order_room) {
		registry->order_room = registry->order_room ? 2 * registry->order_room : 64;
		registry->order = xrealloc(registry->order, registry->order_room * sizeof(*registry->order));
	}
	registry->order[registry->order_count].table = id;
	registry->order[registry->order_count++].at = count_of(registry, id) - 1;
	return true;
}

/* ---- what is asked */

const char *registry_aud(const struct registry *registry)
{
	const struct table *table = &registry->tables[TABLE_IDENTITY];

	return table->count ? row_text(table->items[0].row, "aud") : NULL;
}

const struct item *registry_item(const struct registry *registry, const char *name, int64_t key)
{
	enum table_id id = table_named(name);

	return id == TABLES ? NULL : table_by_key(&registry->tables[id], key);
}

const struct item *registry_item_named(const struct registry *registry, const char *name, const char *unique)
{
	enum table_id id = table_named(name);

	return id == TABLES || !kept[id].unique ? NULL : table_by_name(&registry->tables[id], unique);
}

size_t registry_count(const struct registry *registry, const char *name)
{
	enum table_id id = table_named(name);

	return id == TABLES ? 0 : count_of(registry, id);
}

const struct item *registry_item_at(const struct registry *registry, const char *name, size_t i)
{
	enum table_id id = table_named(name);

	return id == TABLES || i >= count_of(registry, id) ? NULL : &registry->tables[id].items[i];
}

static const struct node *node_of(const struct registry *registry, const struct item *item)
{
	return item ? registry->nodes[item - registry->tables[TABLE_NODE].items] : NULL;
}

const struct node *registry_node(const struct registry *registry, int64_t id)
{
	return node_of(registry, table_by_key(&registry->tables[TABLE_NODE], id));
}

const struct node *registry_node_coded(const struct registry *registry, const char *code)
{
	return node_of(registry, table_by_name(&registry->tables[TABLE_NODE], code));
}

bool registry_is_under(const struct registry *registry, int64_t id, int64_t above)
{
	for (int depth = 0; id && depth < DEPTH_MAX; depth++) {
		const struct node *node = registry_node(registry, id);

		if (!node || id == above)
			return node != NULL;
		id = node->parent;
	}
	return false;
}

const struct operator *registry_operator(const struct registry *registry, int64_t id)
{
	const struct person_of *found = operator_item(registry, id);

	return found ? &found->operator : NULL;
}

const struct operator *registry_operator_of(const struct registry *registry, const char *kid)
{
	const struct table *table = &registry->tables[TABLE_OPERATOR];
	const struct item *item = table_by_name(table, kid);
	const struct operator *found = item ? &registry->operators[item - table->items]->operator : NULL;

	return found && found->key && strcmp(found->key->kid, kid) == 0 ? found : NULL;
}

/* Whether a live grant of one of these roles reaches a node (0: any). */
static bool holds(const struct registry *registry, int64_t operator, unsigned roles, int64_t node)
{
	const struct person_of *owner = operator_item(registry, operator);

	for (const struct held *held = owner ? owner->grants : NULL; held; held = held->next)
		if ((held->role & roles) && held->grant.ended < 0 && (!node || registry_is_under(registry, node, held->grant.node)))
			return true;
	return false;
}

bool registry_may(const struct registry *registry, int64_t operator, const char *op, int64_t node)
{
	return holds(registry, operator, authority_roles(op), node);
}

bool registry_holds(const struct registry *registry, int64_t operator, const char *role, int64_t node)
{
	return holds(registry, operator, authority_role(role), node);
}

const struct grant *registry_live_grant(const struct registry *registry, int64_t operator, const char *role, int64_t node)
{
	const struct person_of *owner = operator_item(registry, operator);

	for (const struct held *held = owner ? owner->grants : NULL; held; held = held->next)
		if (held->grant.ended < 0 && held->grant.node == node && strcmp(held->grant.role, role) == 0)
			return &held->grant;
	return NULL;
}

bool registry_administered_without(const struct registry *registry, int64_t operator, int64_t grant)
{
	unsigned administrator = authority_role("administrator");

	for (size_t i = 0; i < count_of(registry, TABLE_ROLE_GRANT); i++) {
		const struct held *held = registry->grants[i];
		const struct operator *owner = registry_operator(registry, held->grant.operator);
		const struct node *node = registry_node(registry, held->grant.node);

		if (held->role == administrator && held->grant.ended < 0 && held->grant.id != grant && owner && owner->ended < 0 &&
		    owner->id != operator && node && !node->parent)
			return true;
	}
	return false;
}

const struct rule *registry_rule_on(const struct registry *registry, int64_t day)
{
	const struct rule *found = NULL;

	for (size_t i = 0; i < count_of(registry, TABLE_RULE); i++) {
		const struct rule *rule = &registry->rules[i];

		if (rule->from <= day && (!found || rule->from > found->from || (rule->from == found->from && rule->id > found->id)))
			found = rule;
	}
	return found;
}

const struct operator *registry_operator_at(const struct registry *registry, size_t i)
{
	return i < count_of(registry, TABLE_OPERATOR) ? &registry->operators[i]->operator : NULL;
}

const struct grant *registry_grant_at(const struct registry *registry, size_t i)
{
	return i < count_of(registry, TABLE_ROLE_GRANT) ? &registry->grants[i]->grant : NULL;
}

const struct ledger_key *registry_ledger_key_at(const struct registry *registry, size_t i)
{
	return i < count_of(registry, TABLE_LEDGER_KEY) ? registry->keys[i] : NULL;
}

/* ---- from one audit to the next: all rows in order of the log, [[table, leaf, row], ...] */

json_t *registry_save(const struct registry *registry)
{
	json_t *saved = json_array();

	for (size_t i = 0; i < registry->order_count; i++) {
		enum table_id id = registry->order[i].table;
		const struct item *item = &registry->tables[id].items[registry->order[i].at];

		json_array_append_new(saved, json_pack("[s, I, O]", kept[id].name, (json_int_t)item->made, item->row));
	}
	return saved;
}

struct registry *registry_load(const json_t *saved)
{
	struct registry *registry = registry_new();
	size_t i;
	const json_t *one;

	json_array_foreach(saved, i, one) {
		const char *name = json_string_value(json_array_get(one, 0));
		const json_t *leaf = json_array_get(one, 1), *row = json_array_get(one, 2);

		if (!name || !json_is_integer(leaf) || !json_is_object(row) || !registry_add(registry, name, row, json_integer_value(leaf)))
			return registry_free(registry);
	}
	return json_is_array(saved) ? registry : registry_free(registry);
}
