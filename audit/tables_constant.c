/* Tables that are part of the program: the chart of accounts, the matrix of roles, the migrations. */
#include "audit/authority.h"
#include "audit/chart.h"
#include "audit/tables.h"
#include "wire/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIGRATIONS 13 /* that this program knows */
#define CHART_EDITION "2025-01-01"

/* Goes through the keys that must be there; fn tells whether to go on. */
typedef void key_fn(void *arg, const char *key);

static void chart_keys(key_fn *fn, void *arg)
{
	for (const struct chart *row = chart; row->number; row++)
		fn(arg, row->number);
}

static void migration_keys(key_fn *fn, void *arg)
{
	for (int number = 1; number <= MIGRATIONS; number++) {
		_cleanup_free_ char *key = xasprintf("%d", number);

		fn(arg, key);
	}
}

static void matrix_key(key_fn *fn, void *arg, const char *role, size_t length, const char *op)
{
	_cleanup_free_ char *key = xasprintf("%.*s %s", (int)length, role, op);

	fn(arg, key);
}

/* Every role of every operation; roles stand parted by blanks, "*" for all of them. */
static void matrix_keys(key_fn *fn, void *arg)
{
	for (const struct authority *authority = authorities; authority->op; authority++) {
		if (strcmp(authority->roles, "*") == 0)
			for (size_t i = 0; authority_role_names[i]; i++)
				matrix_key(fn, arg, authority_role_names[i], strlen(authority_role_names[i]), authority->op);
		else
			for (const char *role = authority->roles; *role; role += strspn(role, " ")) {
				matrix_key(fn, arg, role, strcspn(role, " "), authority->op);
				role += strcspn(role, " ");
			}
	}
}

static json_t *chart_row(const char *key)
{
	const struct chart *row = chart_find(key);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "number", row->number, "book", row->book, "side", row->side, "owner", row->owner,
			 "name", row->name, "name_en", row->name_en, "edition", CHART_EDITION);
}

static json_t *migration_row(const char *key)
{
	return json_pack("{s:i}", "number", atoi(key));
}

static json_t *matrix_row(const char *key)
{
	const char *blank = strchr(key, ' ');

	return json_pack("{s:s%, s:s}", "role", key, (size_t)(blank - key), "op", blank + 1);
}

static const struct constant {
	const char *table, *differs, *missing, *extra;
	void (*keys)(key_fn *fn, void *arg);
	json_t *(*row)(const char *key);
} constants[] = {
	{"chart", "table_differs", "row_missing", "row_extra", chart_keys, chart_row},
	{"migration", "table_differs", "row_missing", "row_extra", migration_keys, migration_row},
	{"matrix", "matrix_differs", "matrix_differs", "matrix_differs", matrix_keys, matrix_row},
	{0},
};

static const struct constant *constant_find(const char *table)
{
	for (const struct constant *constant = constants; constant->table; constant++)
		if (strcmp(constant->table, table) == 0)
			return constant;
	return NULL;
}

struct search {
	const char *key;
	bool found;
};

static void search(void *arg, const char *key)
{
	struct search *wanted = arg;

	wanted->found = wanted->found || strcmp(key, wanted->key) == 0;
}

bool tables_constant_row(struct tables *tables, const char *table, const char *key, const json_t *row)
{
	const struct constant *constant = constant_find(table);
	struct search wanted = {.key = key};
	json_t *expected;

	if (!constant)
		return false;
	constant->keys(search, &wanted);
	if (!wanted.found) {
		tables_find(tables, constant->extra, table, key, -1, NULL, NULL, key);
		return true;
	}
	tables_put(tables, table, key, NULL)[ROW_SEEN] = tables->generation;
	expected = constant->row(key);
	tables_differ(tables, constant->differs, table, key, -1, expected, row);
	json_decref(expected);
	return true;
}

struct ending {
	const struct tables *tables;
	const struct constant *constant;
};

static void end_key(void *arg, const char *key)
{
	const struct ending *ending = arg;
	const int64_t *kept = tables_get(ending->tables, ending->constant->table, key);

	if (!kept || kept[ROW_SEEN] != ending->tables->generation)
		tables_find(ending->tables, ending->constant->missing, ending->constant->table, key, -1, NULL, key, NULL);
}

bool tables_constant_end(struct tables *tables, const char *table)
{
	struct ending ending = {.tables = tables, .constant = constant_find(table)};

	if (ending.constant)
		ending.constant->keys(end_key, &ending);
	return ending.constant != NULL;
}
