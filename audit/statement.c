#include "audit/statement.h"

#include "audit/statement_parts.h"
#include "wire/base.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FUNDS_MAX (1 << 24) /* numbers of nodes run without a gap: a larger one is none of this ledger */

/* What an entry did to the net assets of one fund. */
struct movement {
	struct statement *statement;
	bool any;
	int64_t purpose, restricted, unrestricted;
};

struct statements *statements_new(const struct names *names)
{
	struct statements *statements = xcalloc(1, sizeof(*statements));

	statements->names = names;
	statements->kept = json_object();
	return statements;
}

struct statements *statements_free(struct statements *statements)
{
	if (!statements)
		return NULL;
	for (size_t i = 0; i < statements->count; i++) {
		free(statements->all[i].file);
		free(statements->all[i].code);
		free(statements->all[i].lines);
		free(statements->all[i].purposes);
	}
	free(statements->all);
	free(statements->sources);
	free(statements->by_node);
	json_decref(statements->kept);
	free(statements);
	return NULL;
}

bool statements_ask(struct statements *statements, const char *file, const json_t *content)
{
	const json_t *result = json_object_get(content, "result"), *size = json_object_get(json_object_get(content, "log"), "size");
	const char *from = text_of(result, "from"), *to = text_of(result, "to"), *code = text_of(result, "fund");
	struct statement *statement;

	if (strlen(from) != 10 || strlen(to) != 10 || !*code || !json_is_integer(size))
		return false;
	statements->all = xrealloc(statements->all, (statements->count + 1) * sizeof(*statements->all));
	statement = &statements->all[statements->count++];
	*statement = (struct statement){.file = xstrdup(file), .code = xstrdup(code), .size = json_integer_value(size), .found = result};
	memcpy(statement->from, from, sizeof(statement->from));
	memcpy(statement->to, to, sizeof(statement->to));
	return true;
}

/* ---- sources of reversals */

/* The same text for as long as the statements live. */
static const char *text_kept(struct statements *statements, const char *text)
{
	if (!json_object_get(statements->kept, text))
		json_object_set_new(statements->kept, text, json_true());
	return json_object_iter_key(json_object_iter_at(statements->kept, text));
}

static void read_source(struct statements *statements, const struct leaf *leaf, struct source *ret)
{
	const json_t *income = json_array_get(leaf_rows(leaf, "income"), 0);
	const json_t *transfer = json_array_get(leaf_rows(leaf, "fund_transfer"), 0);
	const char *item = income ? text_of(income, "channel") : transfer ? text_of(transfer, "kind") : NULL;

	*ret = (struct source){.entry = leaf->entry, .kind = text_kept(statements, leaf->kind),
			       .item = item && *item ? text_kept(statements, item) : NULL,
			       .from_fund = (int32_t)json_integer_value(json_object_get(transfer, "from_fund")),
			       .to_fund = (int32_t)json_integer_value(json_object_get(transfer, "to_fund"))};
}

static int by_entry(const void *key, const void *item)
{
	int64_t entry = *(const int64_t *)key, other = ((const struct source *)item)->entry;

	return (entry > other) - (entry < other);
}

static struct source source_of(struct statements *statements, const struct leaf *leaf)
{
	int64_t reversed = leaf->reverses;
	const struct source *found = NULL;
	struct source source;

	if (reversed && statements->source_count)
		found = bsearch(&reversed, statements->sources, statements->source_count, sizeof(*found), by_entry);
	if (found)
		return *found;
	read_source(statements, leaf, &source);
	if (reversed)
		return source;
	if (statements->source_count == statements->source_room) {
		statements->source_room = statements->source_room ? statements->source_room * 2 : 256;
		statements->sources = xrealloc(statements->sources, statements->source_room * sizeof(*statements->sources));
	}
	if (!statements->source_count || statements->sources[statements->source_count - 1].entry < source.entry)
		statements->sources[statements->source_count++] = source;
	return source;
}

/* ---- an entry */

static int32_t place_of_fund(const struct statements *statements, int64_t fund)
{
	const char *code = names_code(statements->names, fund);

	for (size_t i = 0; code && i < statements->count; i++)
		if (strcmp(statements->all[i].code, code) == 0)
			return (int32_t)i + 1;
	return -1;
}

/* The statement of a fund that is to hold this leaf, NULL if there is none. */
static struct statement *statement_of(struct statements *statements, int64_t fund, int64_t index)
{
	size_t room = statements->node_room ? statements->node_room : 64;
	struct statement *statement;

	if (fund <= 0 || fund > FUNDS_MAX)
		return NULL;
	while (room <= (size_t)fund)
		room *= 2;
	if (room > statements->node_room) {
		statements->by_node = xrealloc(statements->by_node, room * sizeof(*statements->by_node));
		memset(statements->by_node + statements->node_room, 0, (room - statements->node_room) * sizeof(*statements->by_node));
		statements->node_room = room;
	}
	if (!statements->by_node[fund])
		statements->by_node[fund] = place_of_fund(statements, fund);
	if (statements->by_node[fund] < 0)
		return NULL;
	statement = &statements->all[statements->by_node[fund] - 1];
	return index < statement->size ? statement : NULL;
}

static void add_purpose(struct statement *statement, int64_t purpose, int64_t amount)
{
	size_t i = 0;

	while (i < statement->purpose_count && statement->purposes[i].purpose < purpose)
		i++;
	if (i == statement->purpose_count || statement->purposes[i].purpose != purpose) {
		statement->purposes = xrealloc(statement->purposes, (statement->purpose_count + 1) * sizeof(*statement->purposes));
		memmove(statement->purposes + i + 1, statement->purposes + i, (statement->purpose_count++ - i) * sizeof(*statement->purposes));
		statement->purposes[i] = (struct purpose){.purpose = purpose};
	}
	wrap_add(&statement->purposes[i].restricted, amount);
}

/* Takes an amount (debit positive) of an account into what a fund has. */
static void add_to_position(struct position *position, const char *account, bool restricted, int64_t amount)
{
	if (strcmp(account, "1002") == 0)
		wrap_add(&position->bank, amount);
	else if (*account == '1')
		wrap_add(&position->other_assets, amount);
	else if (*account == '2')
		wrap_add(&position->payable, wrap_negated(amount));
	else
		wrap_add(restricted ? &position->restricted : &position->unrestricted, wrap_negated(amount));
}

static void add_posting(const struct posting *posting, const char *day, struct movement *movement)
{
	struct statement *statement = movement->statement;
	const char *account = posting->account;
	bool restricted = posting->restricted, is_net = *account >= '3' && *account <= '5';
	int64_t amount = posting->amount, purpose = posting->purpose;

	if (*account < '1' || *account > '5')
		return;
	if (strcmp(day, statement->from) < 0)
		add_to_position(&statement->had, account, restricted, amount);
	if (strcmp(day, statement->to) <= 0) {
		add_to_position(&statement->has, account, restricted, amount);
		if (is_net && restricted)
			add_purpose(statement, purpose, wrap_negated(amount));
	}
	if (!is_net || strcmp(day, statement->from) < 0 || strcmp(day, statement->to) > 0)
		return;
	movement->any = true;
	if (purpose > movement->purpose)
		movement->purpose = purpose;
	wrap_add(restricted ? &movement->restricted : &movement->unrestricted, wrap_negated(amount));
}

/* Where a movement stands: section, item, counterparty. */
static struct line line_of(const struct source *source, const struct movement *movement, int64_t fund)
{
	struct line line = {.section = "otherwise", .item = source->kind, .purpose = movement->purpose};
	bool is_approval = strcmp(source->kind, "disbursement_approval") == 0 || strcmp(source->kind, "settlement_approval") == 0;

	if (strcmp(source->kind, "fund_opening") == 0)
		line.section = "taken_over";
	if (strcmp(source->kind, "income") == 0) {
		line.section = "income";
		line.item = source->item ? source->item : "";
	}
	if (strcmp(source->kind, "fund_transfer") == 0) {
		line.section = "transfer";
		line.item = source->item ? source->item : "";
		line.counterparty = source->to_fund == fund ? source->from_fund : source->to_fund;
	}
	if (is_approval) {
		line.section = "spending";
		line.item = *source->kind == 's' ? "settlement" : "disbursement";
	}
	line.restricted = is_approval ? wrap_negated(movement->restricted) : movement->restricted;
	line.unrestricted = is_approval ? wrap_negated(movement->unrestricted) : movement->unrestricted;
	return line;
}

static void add_line(struct statement *statement, const struct line *line)
{
	for (size_t i = 0; i < statement->line_count; i++) {
		struct line *other = &statement->lines[i];

		if (strcmp(other->section, line->section) == 0 && strcmp(other->item, line->item) == 0 && other->purpose == line->purpose &&
		    other->counterparty == line->counterparty) {
			wrap_add(&other->restricted, line->restricted);
			wrap_add(&other->unrestricted, line->unrestricted);
			return;
		}
	}
	statement->lines = xrealloc(statement->lines, (statement->line_count + 1) * sizeof(*statement->lines));
	statement->lines[statement->line_count++] = *line;
}

static void add_fund(struct statements *statements, int64_t fund, const struct leaf *leaf, const struct source *source)
{
	struct movement movement = {.statement = statement_of(statements, fund, leaf->index)};
	struct line line;

	if (!movement.statement)
		return;
	for (size_t i = 0; i < leaf->posting_count; i++)
		if (leaf->postings[i].owner == fund)
			add_posting(&leaf->postings[i], leaf->occurred_on, &movement);
	if (!movement.any)
		return;
	line = line_of(source, &movement, fund);
	add_line(movement.statement, &line);
}

/* Whether a line before i belongs to the same owner: then it was added with that one. */
static bool was_added(const struct leaf *leaf, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (leaf->postings[before].owner == leaf->postings[i].owner)
			return true;
	return false;
}

void statements_add(struct statements *statements, const struct leaf *leaf)
{
	struct source source;

	if (!statements->count || !leaf->entry || strcmp(leaf->book, "money") != 0)
		return;
	source = source_of(statements, leaf);
	for (size_t i = 0; i < leaf->posting_count; i++)
		if (!was_added(leaf, i))
			add_fund(statements, leaf->postings[i].owner, leaf, &source);
}
