/* Replay of an act, third part: the rows that a leaf wrote are numbered, name their request, and are registered. */
#include "audit/replay.h"

#include <string.h>

const char *const numbered_tables[] = {
	"node", "person", "operator", "role_grant", "purpose", "rule",	"activity", "service_record",
	"settlement", "campaign", "disbursement", "ledger_key", "erasure", "purge", NULL,
};
_Static_assert(sizeof(numbered_tables) / sizeof(numbered_tables[0]) <= NUMBERED_TABLES_MAX, "room for their last numbers");

/* Rows that do not name a request: of the ledger's one row, and of lots, which follow from their entry. */
static bool names_request(const char *table)
{
	return strcmp(table, "identity") != 0 && strcmp(table, "lot") != 0;
}

/* A row of a table in a leaf, for findings. */
struct written {
	struct replay *replay;
	const struct act *act;
	const struct leaf *leaf;
	const char *table;
	const json_t *row;
};

static void find_number(const struct written *written, const char *code, const char *field, int64_t expected, int64_t found)
{
	struct place place = place_of(written->act, written->leaf);

	place.table = written->table;
	place.field = field;
	findings_add_number(written->replay->findings, code, &place, expected, found);
}

static void check_number(const struct written *written)
{
	for (size_t i = 0; numbered_tables[i]; i++) {
		int64_t *last = &written->replay->last_rows[i], id;

		if (strcmp(numbered_tables[i], written->table) != 0)
			continue;
		id = row_number(written->row, "id", -1);
		if (written->replay->partial ? id <= *last : id != *last + 1)
			find_number(written, "row_number", "id", *last + 1, id);
		*last = id;
		return;
	}
}

static void check_request(const struct written *written)
{
	int64_t request = row_number(written->row, "request", -1);

	if (names_request(written->table) && written->act->number && request != written->act->number)
		find_number(written, "row_request", "request", written->act->number, request);
}

void replay_rows(struct replay *replay, const struct act *act, const struct leaf *leaf)
{
	const char *table;
	json_t *list, *row;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)leaf->rows, table, list) {
		json_array_foreach(list, i, row) {
			struct written written = {.replay = replay, .act = act, .leaf = leaf, .table = table, .row = row};

			check_number(&written);
			check_request(&written);
			registry_add(replay->registry, table, row, leaf->index);
		}
	}
}
