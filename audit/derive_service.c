/* Volunteers' service: what is recorded, and what confirming it gives. */
#include "audit/derive.h"
#include "audit/expect.h"
#include "audit/past.h"
#include "wire/base.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S (INT64_C(24) * 3600)

/* ---- recording */

static bool is_level(const struct node *node)
{
	return strcmp(node->kind, "host") != 0 && strcmp(node->kind, "team") != 0 && strcmp(node->kind, "shop") != 0 &&
	       strcmp(node->kind, "fund") != 0;
}

/* The code of the rule that a line of service breaks by itself, NULL if it breaks none. */
static const char *line_fault(const struct replay *replay, const struct act *act, const json_t *line, int64_t starts, int64_t ends)
{
	if (!past_community(replay, row_number(line, "volunteer", 0)))
		return "unknown_volunteer";
	if (ends <= starts)
		return "ends_before_start";
	if (starts % 60 || ends % 60)
		return "not_whole_minutes";
	if (ends > starts + DAY_S)
		return "longer_than_a_day";
	return ends * 1000000 > act->leaves[0].recorded_us ? "ends_in_future" : NULL;
}

/* A record of the volunteer that was not rejected and overlaps; 0: none. None is longer than a day. */
static int64_t overlapping(const struct replay *replay, int64_t volunteer, int64_t starts, int64_t ends)
{
	for (int64_t day = past_day(starts) - 1; day <= past_day(ends); day++)
		for (int64_t id = past_record_on(replay, volunteer, day); id;) {
			const struct past_record *other = past_record(replay, id);

			if (other->starts < ends && other->ends > starts && past_decision(replay, id) != REJECTED)
				return id;
			id = other->next;
		}
	return 0;
}

struct served {
	int64_t volunteer, starts, ends, place;
};

static int by_volunteer(const void *left, const void *right)
{
	const struct served *a = left, *b = right;

	if (a->volunteer != b->volunteer)
		return a->volunteer < b->volunteer ? -1 : 1;
	if (a->starts != b->starts)
		return a->starts < b->starts ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

/* No two lines of one volunteer overlap. Sorts them. */
static void check_lines(struct replay *replay, const struct act *act, struct served *lines, size_t count)
{
	qsort(lines, count, sizeof(*lines), by_volunteer);
	for (size_t i = 1; i < count; i++)
		if (lines[i].volunteer == lines[i - 1].volunteer && lines[i].starts < lines[i - 1].ends)
			expect_broken_number(replay, act, (size_t)lines[i].place + 1, "overlapping_lines", 0, lines[i - 1].place + 1);
}

static void check_record(struct replay *replay, const struct act *act, size_t place, const json_t *line, int64_t activity,
			 struct served *ret)
{
	int64_t volunteer = row_number(line, "volunteer", 0), other;
	int64_t starts = past_seconds(row_text(line, "start")), ends = past_seconds(row_text(line, "end"));
	struct expect expect = expect_plain(replay, act, place + 1);
	const char *fault = line_fault(replay, act, line, starts, ends);

	EXPECT_ROW(&expect, "service_record", GIVEN("id"), NUMBER("activity", activity), NUMBER("volunteer", volunteer),
		   MOMENT("starts_at", starts), MOMENT("ends_at", ends), NUMBER("minutes", (ends - starts) / 60), REQUEST);
	expect_end(&expect);
	*ret = (struct served){volunteer, starts, ends, (int64_t)place};
	other = fault ? 0 : overlapping(replay, volunteer, starts, ends);
	if (fault && !(replay->partial && strcmp(fault, "unknown_volunteer") == 0))
		expect_broken_number(replay, act, place + 1, fault, 0, volunteer);
	else if (other)
		expect_broken_number(replay, act, place + 1, "overlapping_service", 0, other);
}

static void service_record(struct replay *replay, const struct act *act)
{
	const json_t *input = act->input, *lines = json_object_get(input, "lines"), *line;
	const char *codes[] = {row_text(input, "team"), row_text(input, "community")};
	const struct node *team = codes[0] ? registry_node_coded(replay->registry, codes[0]) : NULL;
	const struct node *served = codes[1] ? registry_node_coded(replay->registry, codes[1]) : NULL;
	struct expect expect = expect_plain(replay, act, 0);
	struct served *records;
	const json_t *row;
	size_t i;

	if (!team || !registry_item(replay->registry, "team", team->id))
		expect_broken(replay, act, 0, "unknown_team", codes[0], NULL);
	if (!served || !is_level(served))
		expect_broken(replay, act, 0, "unknown_community", codes[1], NULL);
	row = EXPECT_ROW(&expect, "activity", GIVEN("id"), NUMBER("team", team ? team->id : 0),
			 NUMBER("community", served ? served->id : 0), TEXT("name", row_text(input, "name")),
			 TEXT("place", row_text(input, "place")), TEXT("content", row_text(input, "content")),
			 TEXT("category", row_text(input, "category")), TEXT("in_charge", row_text(input, "in_charge")),
			 NUMBER("served", row_number(input, "served", 0)), NUMBER("person", replay->author->person), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1 + json_array_size(lines));
	records = xcalloc(json_array_size(lines) + 1, sizeof(*records));
	json_array_foreach(lines, i, line)
		check_record(replay, act, i, line, row_number(row, "id", 0), &records[i]);
	check_lines(replay, act, records, json_array_size(lines));
	free(records);
}

/* ---- deciding */

/* A record that is decided on, and what it gives. */
struct decided {
	int64_t id, volunteer, day, starts, minutes, credited, points, expires;
};

static int by_id(const void *left, const void *right)
{
	const struct decided *a = left, *b = right;

	return a->id < b->id ? -1 : a->id > b->id;
}

/* In the order in which records take from a volunteer's cap of a day. */
static int by_day(const void *left, const void *right)
{
	const struct decided *a = left, *b = right;

	if (a->volunteer != b->volunteer)
		return a->volunteer < b->volunteer ? -1 : 1;
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	if (a->starts != b->starts)
		return a->starts < b->starts ? -1 : 1;
	return by_id(left, right);
}

struct batch {
	struct decided *records;
	size_t count;
};

static void batch_add(struct batch *batch, const struct replay *replay, int64_t id)
{
	const struct past_record *record = past_record(replay, id);

	batch->records[batch->count++] = (struct decided){.id = id,
							  .volunteer = record->volunteer,
							  .day = past_day(record->starts),
							  .starts = record->starts,
							  .minutes = (record->ends - record->starts) / 60};
}

/* The records that the request names; those that it must not name are found and left out. */
static void named_records(struct replay *replay, const struct act *act, int64_t activity, struct batch *batch)
{
	const json_t *named = json_object_get(act->input, "records"), *line;
	size_t i;

	batch->records = xcalloc(json_array_size(named) + 1, sizeof(*batch->records));
	json_array_foreach(named, i, line) {
		int64_t id = row_number(line, "record", 0);
		const struct past_record *record = past_record(replay, id);

		if (!record || record->activity != activity)
			expect_broken_number(replay, act, 0, "unknown_record", activity, id);
		else if (past_decision(replay, id) != UNDECIDED)
			expect_broken_number(replay, act, 0, "already_decided", 0, id);
		else
			batch_add(batch, replay, id);
	}
	qsort(batch->records, batch->count, sizeof(*batch->records), by_id);
	for (i = 1; i < batch->count; i++)
		if (batch->records[i].id == batch->records[i - 1].id)
			expect_broken_number(replay, act, 0, "duplicate_line", 0, batch->records[i].id);
}

/* All records of the activity that nobody has decided on. */
static void open_records(const struct replay *replay, const struct past_activity *activity, struct batch *batch)
{
	int64_t first = activity->first, count = activity->count;

	batch->records = xcalloc((size_t)count + 1, sizeof(*batch->records));
	for (int64_t id = first; id < first + count; id++)
		if (past_decision(replay, id) == UNDECIDED && past_record(replay, id))
			batch_add(batch, replay, id);
}

/* Which records the request is about, in order of number; false if there is nothing to decide. The caller frees them. */
static bool find_records(struct replay *replay, const struct act *act, struct batch *batch)
{
	int64_t id = row_number(act->input, "activity", 0);
	const struct past_activity *activity = past_activity(replay, id);

	if (!activity) {
		if (!replay->partial)
			expect_broken_number(replay, act, 0, "unknown_activity", id, 0);
		return false;
	}
	if (activity->person == replay->author->person)
		replay_find_number(replay, act, NULL, "maker_is_checker", "activity", activity->person, replay->author->person);
	if (json_object_get(act->input, "records")) {
		named_records(replay, act, id, batch);
		return batch->count > 0;
	}
	open_records(replay, activity, batch);
	if (!batch->count)
		expect_broken_number(replay, act, 0, "already_decided", 0, id);
	return batch->count > 0;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Under the day's cap what was confirmed before counts, and of these records those that began earlier. */
static void credit(const struct replay *replay, struct batch *batch)
{
	int64_t served = 0;

	qsort(batch->records, batch->count, sizeof(*batch->records), by_day);
	for (size_t i = 0; i < batch->count; i++) {
		struct decided *record = &batch->records[i];
		const struct rule *rule = registry_rule_on(replay->registry, record->day);

		if (!i || record->volunteer != batch->records[i - 1].volunteer || record->day != batch->records[i - 1].day)
			served = past_daily(replay, 'm', record->volunteer, record->day);
		if (!rule || rule->minutes < 1) {
			record->points = -1;
			continue;
		}
		record->credited = least(rule->daily_minutes, plus(served, record->minutes)) - least(rule->daily_minutes, served);
		record->points = times(record->credited, rule->points) / rule->minutes;
		record->expires = plus(replay->today, rule->lot_days);
		served = plus(served, record->minutes);
	}
	qsort(batch->records, batch->count, sizeof(*batch->records), by_id);
}

static void check_paid(struct replay *replay, const struct act *act, size_t place, const struct decided *record)
{
	struct expect expect = expect_entry(replay, act, place, "service_credit", "points", replay->today, 0);
	int64_t entry = expect.leaf ? expect.leaf->entry : 0;
	const json_t *lot;

	EXPECT_ROW(&expect, "service_decision", NUMBER("record", record->id), FLAG("confirmed", true),
		   NUMBER("credited_minutes", record->credited), AMOUNT("points", record->points), NUMBER("entry", entry),
		   NUMBER("person", replay->author->person), TEXT("reason", NULL), REQUEST);
	lot = EXPECT_ROW(&expect, "lot", GIVEN("id"), NUMBER("entry", entry), AMOUNT("amount", record->points),
			 DAY("expires_on", record->expires));
	expect_line(&expect, "P1000", 0, record->points);
	expect_lots(&expect, 0);
	expect_line(&expect, "P2100", record->volunteer, -record->points);
	expect_lots(&expect, 1);
	expect_lot(&expect, 0, row_number(lot, "id", 0), record->points);
	expect_end(&expect);
}

static void check_pointless(struct replay *replay, const struct act *act, size_t place, const struct decided *record, const char *reason)
{
	struct expect expect = expect_plain(replay, act, place);

	EXPECT_ROW(&expect, "service_decision", NUMBER("record", record->id), FLAG("confirmed", !reason),
		   NUMBER("credited_minutes", record->credited), AMOUNT("points", 0), NUMBER("person", replay->author->person),
		   TEXT("reason", reason), REQUEST);
	expect_end(&expect);
}

/* First an entry for each record that gives points, then the others. */
static void check_confirmed(struct replay *replay, const struct act *act, const struct batch *batch)
{
	size_t place = 0;

	for (size_t i = 0; i < batch->count; i++)
		if (batch->records[i].points > 0)
			check_paid(replay, act, place++, &batch->records[i]);
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->records[i].points < 0)
			expect_broken_number(replay, act, 0, "no_rule", 0, batch->records[i].id);
		if (batch->records[i].points <= 0)
			check_pointless(replay, act, place++, &batch->records[i], NULL);
	}
	expect_leaves(replay, act, batch->count);
}

static void service_confirm(struct replay *replay, const struct act *act)
{
	struct batch batch = {0};

	if (find_records(replay, act, &batch)) {
		credit(replay, &batch);
		check_confirmed(replay, act, &batch);
	}
	free(batch.records);
}

static void service_reject(struct replay *replay, const struct act *act)
{
	const char *reason = row_text(act->input, "reason");
	struct batch batch = {0};

	if (find_records(replay, act, &batch)) {
		for (size_t i = 0; i < batch.count; i++)
			check_pointless(replay, act, i, &batch.records[i], reason ? reason : "");
		expect_leaves(replay, act, batch.count);
	}
	free(batch.records);
}

const struct derivation derive_service[] = {
	{"service_confirm", "service_decision lot", service_confirm},
	{"service_record", "activity service_record", service_record},
	{"service_reject", "service_decision", service_reject},
	{.op = NULL},
};
