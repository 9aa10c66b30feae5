/*
 * Personal values: each commitment of a signed request has its value in the table personal until an erasure (then it is gone,
 * or sealed until a day), and each imported file its row in import_file until the people that it brought are erased.
 */
#include "audit/rows.h"
#include "audit/tables.h"
#include "wire/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GONE INT64_MIN /* of ROW_SEEN */

/* Which members of which tables' rows an erasure of a subject takes, and the member that names the subject. */
static const struct subject {
	const char *kind, *table, *key, *members[3];
} subjects[] = {
	{"volunteer", "volunteer", "number", {"name", "phone"}},
	{"person", "person", "id", {"name"}},
	{"activity", "activity", "id", {"in_charge"}},
	{"income", "income", "entry", {"donor"}},
	{"disbursement", "disbursement", "id", {"payee"}},
};
#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))
#define FILES SUBJECTS /* stands for requests with a file among the subjects' kinds */

static void subject_key(uint64_t key[STORE_KEY], size_t kind, int64_t subject, uint64_t place)
{
	key[0] = STORE_KIND(STORE_ERASABLE) | kind;
	key[1] = (uint64_t)subject;
	key[2] = place;
}

/* ---- kept during the replay */

static void keep_commitment(struct tables *tables, const struct act *act, const char *commitment)
{
	bool is_new;
	int64_t *value = tables_put(tables, "personal", commitment, &is_new);

	if (!is_new)
		return;
	value[ROW_LEAF] = act->first;
	value[ROW_REQUEST] = act->number;
}

static void keep_record(struct tables *tables, const struct act *act, const struct field *fields, const json_t *record)
{
	for (const struct field *field = fields; field && field->name; field++) {
		const json_t *value = json_object_get(record, field->name), *item;
		size_t i;

		if (field->flags & FIELD_PERSONAL && json_is_string(value))
			keep_commitment(tables, act, json_string_value(value));
		if (field->type == FIELD_LIST)
			json_array_foreach(value, i, item)
				keep_record(tables, act, field->items, item);
	}
}

/* What an erasure of this subject will take: the digests by which its commitments are known. */
static void keep_subject(struct tables *tables, const struct act *act, size_t kind, const json_t *row)
{
	for (uint64_t place = 0; place < 3 && subjects[kind].members[place]; place++) {
		const char *commitment = row_text(row, subjects[kind].members[place]);
		uint64_t key[STORE_KEY];
		int64_t *value;

		subject_key(key, kind, row_number(row, subjects[kind].key, 0), place);
		value = commitment ? store_put(tables->replay->store, key, NULL) : NULL;
		if (!value)
			continue;
		tables_digest(commitment, (uint64_t *)value);
		value[2] = act->number;
	}
}

static void keep_file(struct tables *tables, const struct act *act)
{
	const char *commitment = row_text(act->input, "file");
	_cleanup_free_ char *row = act->op ? xasprintf("%s %" PRId64, act->op->name, act->number) : NULL;
	uint64_t key[STORE_KEY];
	int64_t *value;
	bool is_new;

	if (!commitment || !row)
		return;
	value = tables_put(tables, "import_file", row, &is_new);
	value[ROW_LEAF] = act->first;
	value[ROW_REQUEST] = act->number;
	subject_key(key, FILES, act->number, 0);
	value = store_put(tables->replay->store, key, NULL);
	tables_digest(commitment, (uint64_t *)value);
	tables_digest(row, (uint64_t *)value + 2);
}

/* ---- erasures */

static int64_t *row_by_digest(const struct tables *tables, const char *table, const int64_t *digest)
{
	uint64_t key[STORE_KEY];

	tables_word(table, &key[0]);
	memcpy(&key[1], digest, 2 * sizeof(*key));
	return store_get(tables->replay->store, key);
}

static void take_away(int64_t *row)
{
	if (row)
		row[ROW_SEEN] = GONE;
}

/* Sealed values are known by the same digest, under the other table's name. */
static void seal(const struct tables *tables, const struct act *act, const int64_t *digest, int32_t until)
{
	uint64_t key[STORE_KEY];
	const int64_t *open = row_by_digest(tables, "personal", digest);
	int64_t leaf = open ? open[ROW_LEAF] : act->first, *value; /* where the commitment stands */

	tables_word("personal_sealed", &key[0]);
	memcpy(&key[1], digest, 2 * sizeof(*key));
	value = store_put(tables->replay->store, key, NULL);
	value[ROW_LEAF] = leaf;
	value[ROW_DIGEST] = until;
	value[ROW_REQUEST] = act->number;
}

static void erase_file(const struct tables *tables, int64_t request)
{
	uint64_t key[STORE_KEY];
	const int64_t *file;

	subject_key(key, FILES, request, 0);
	file = store_get(tables->replay->store, key);
	if (!file)
		return;
	take_away(row_by_digest(tables, "personal", file));
	take_away(row_by_digest(tables, "import_file", file + 2));
}

static void erase(struct tables *tables, const struct act *act, const json_t *row)
{
	const char *kind_text = row_text(row, "subject_kind"), *until_text = row_text(row, "sealed_until");
	int32_t until = 0;
	size_t kind = 0;

	while (kind < SUBJECTS && (!kind_text || strcmp(subjects[kind].kind, kind_text) != 0))
		kind++;
	if (kind == SUBJECTS || (until_text && day_parse(until_text, &until) < 0))
		return;
	for (uint64_t place = 0; place < 3 && subjects[kind].members[place]; place++) {
		uint64_t key[STORE_KEY];
		int64_t *kept, digest[3];

		subject_key(key, kind, row_number(row, "subject", 0), place);
		kept = store_get(tables->replay->store, key);
		if (!kept)
			continue;
		memcpy(digest, kept, sizeof(digest));
		take_away(row_by_digest(tables, "personal", digest));
		if (until_text)
			seal(tables, act, digest, until);
		if (strcmp(subjects[kind].kind, "volunteer") == 0)
			erase_file(tables, digest[2]);
	}
}

struct purging {
	uint64_t word;
	int64_t today;
};

static void purge_row(void *arg, const uint64_t key[STORE_KEY], int64_t value[STORE_VALUE])
{
	const struct purging *purging = arg;

	if (key[0] == purging->word && value[ROW_DIGEST] < purging->today)
		value[ROW_SEEN] = GONE;
}

static void purge(struct tables *tables, const struct act *act)
{
	struct purging purging = {.today = tables->replay->today};

	(void)act;
	tables_word("personal_sealed", &purging.word);
	store_each(tables->replay->store, STORE_ROW, purge_row, &purging);
}

static void keep_leaf(struct tables *tables, const struct act *act, const struct leaf *leaf)
{
	const json_t *row;
	size_t i;

	for (size_t kind = 0; kind < SUBJECTS; kind++) {
		const json_t *rows = leaf_rows(leaf, subjects[kind].table);

		json_array_foreach(rows, i, row)
			keep_subject(tables, act, kind, row);
	}
	json_array_foreach(leaf_rows(leaf, "erasure"), i, row)
		erase(tables, act, row);
	if (leaf_rows(leaf, "purge"))
		purge(tables, act);
}

static void probe_commitment(struct tables *tables, const struct act *act, const char *commitment)
{
	if (!commitment)
		return;
	keep_commitment(tables, act, commitment);
	tables_put(tables, "personal_sealed", commitment, NULL);
}

/* Without the request: what the rows tell, and which operations import files. */
static void probe_personal(struct tables *tables, const struct act *act, const struct leaf *leaf)
{
	static const char *const imports[] = {"income_import", "volunteer_import", "service_record"};
	const json_t *row;
	size_t i;

	for (size_t kind = 0; kind < SUBJECTS; kind++)
		json_array_foreach(leaf_rows(leaf, subjects[kind].table), i, row)
			for (size_t place = 0; place < 3 && subjects[kind].members[place]; place++)
				probe_commitment(tables, act, row_text(row, subjects[kind].members[place]));
	for (i = 0; i < sizeof(imports) / sizeof(imports[0]); i++) {
		_cleanup_free_ char *key = xasprintf("%s %" PRId64, imports[i], act->number);

		tables_put(tables, "import_file", key, NULL);
	}
}

void tables_keep_personal(struct tables *tables, const struct act *act)
{
	if (tables->probe) {
		for (size_t i = 0; i < act->leaf_count; i++)
			if (act->leaves[i].content)
				probe_personal(tables, act, &act->leaves[i]);
		return;
	}
	if (act->input && act->op) {
		keep_record(tables, act, act->op->input, act->input);
		keep_file(tables, act);
	}
	for (size_t i = 0; i < act->leaf_count; i++)
		if (act->leaves[i].content && act->leaves[i].rows)
			keep_leaf(tables, act, &act->leaves[i]);
}

/* ---- compared with the database */

static bool is_sealed_day(const json_t *row, int64_t until)
{
	const char *text = row_text(row, "until");
	int32_t day;

	return text && day_parse(text, &day) == 0 && day == until;
}

bool tables_erasable_row(struct tables *tables, const char *table, const char *key, const json_t *row)
{
	int64_t *kept;

	if (strcmp(table, "personal") != 0 && strcmp(table, "personal_sealed") != 0 && strcmp(table, "import_file") != 0)
		return false;
	kept = tables_get(tables, table, key);
	if (!kept || kept[ROW_SEEN] == GONE) {
		tables_find(tables, "row_extra", table, key, kept ? kept[ROW_LEAF] : -1, NULL, NULL, NULL);
		return true;
	}
	kept[ROW_SEEN] = tables->generation;
	if (strcmp(table, "import_file") == 0)
		return true;
	if (!row_flag(row, "opens"))
		tables_find(tables, "personal_unopened", table, key, kept[ROW_LEAF], NULL, NULL, NULL);
	if (strcmp(table, "personal_sealed") == 0 && !is_sealed_day(row, kept[ROW_DIGEST]))
		tables_find(tables, "table_differs", table, key, kept[ROW_LEAF], "until", NULL, row_text(row, "until"));
	return true;
}
