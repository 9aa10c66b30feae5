/*
 * Who and what the leaves have registered so far: organisation, people, keys, roles, rules, funds. Small, so it is kept in
 * memory. Every item remembers the index of the leaf that made it and of the one that ended it (-1: still in force).
 */
#ifndef AUDIT_REGISTRY_H
#define AUDIT_REGISTRY_H

#include "wire/key.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node {
	int64_t id, parent; /* parent 0: the root */
	char *kind, *code, *name;
	int64_t made;
};

struct operator {
	int64_t id, person;
	struct key *key; /* NULL: what was registered is no key */
	int64_t made, ended; /* ended: index of the leaf of its revocation, -1 */
};

struct grant {
	int64_t id, operator, node;
	char *role;
	int64_t made, ended;
};

/* A key of the ledger itself: use is "answers", "log" or "tls"; text its JWK in canonical form, or its verifier key. */
struct ledger_key {
	int64_t id;
	char *use, *text;
	int64_t made, ended;
};

/* A row of any other small table, as its image stands in the leaf. */
struct item {
	int64_t key; /* first member of the primary key */
	json_t *row;
	const char *name; /* the other member that names it; "" if there is none. Owned by row */
	int64_t made;
};

/* The rule of points from a day on. */
struct rule {
	int64_t id, from; /* days since 1970 */
	int64_t points, minutes, daily_minutes, lot_days, fen_per_point, till_daily_points, volunteer_daily_points;
};

struct registry;

struct registry *registry_new(void);
struct registry *registry_free(struct registry *registry);

/* Adds a row image of a table; true if the table is one that the registry keeps. leaf is the index of its leaf. Of two rows with
 * one key, or one code, the first counts. Pointers to nodes, operators and grants stay good; those to items until the next add. */
bool registry_add(struct registry *registry, const char *table, const json_t *row, int64_t leaf);

const char *registry_aud(const struct registry *registry); /* NULL before the founding */
const struct node *registry_node(const struct registry *registry, int64_t id);
const struct node *registry_node_coded(const struct registry *registry, const char *code);
bool registry_is_under(const struct registry *registry, int64_t node, int64_t above); /* at or below */
const struct operator *registry_operator(const struct registry *registry, int64_t id);
const struct operator *registry_operator_of(const struct registry *registry, const char *kid);

/* Whether a live grant of the operator lets it do op on that node (0: anywhere). As of now: the replay goes in log order. */
bool registry_may(const struct registry *registry, int64_t operator, const char *op, int64_t node);
/* Whether a live grant of one role reaches that node; and the live grant on exactly that node, NULL if there is none. */
bool registry_holds(const struct registry *registry, int64_t operator, const char *role, int64_t node);
const struct grant *registry_live_grant(const struct registry *registry, int64_t operator, const char *role, int64_t node);
/* Whether somebody governs the whole ledger without that operator (0: none) and that grant (0: none). */
bool registry_administered_without(const struct registry *registry, int64_t operator, int64_t grant);
/* The rule in force on a day, NULL before the first. */
const struct rule *registry_rule_on(const struct registry *registry, int64_t day);

/* Rows of a kept table: by key (NULL if none), and all in order of the log: i from 0, NULL past the end. */
const struct item *registry_item(const struct registry *registry, const char *table, int64_t key);
/* By its unique name: code of a node or campaign, label of a purpose, kid of an operator. */
const struct item *registry_item_named(const struct registry *registry, const char *table, const char *name);
size_t registry_count(const struct registry *registry, const char *table);
const struct item *registry_item_at(const struct registry *registry, const char *table, size_t i);
const struct operator *registry_operator_at(const struct registry *registry, size_t i);
const struct grant *registry_grant_at(const struct registry *registry, size_t i);
const struct ledger_key *registry_ledger_key_at(const struct registry *registry, size_t i);

/* For the next incremental audit. New reference; NULL from load when it is not what save gave. */
json_t *registry_save(const struct registry *registry);
struct registry *registry_load(const json_t *saved);

#endif
