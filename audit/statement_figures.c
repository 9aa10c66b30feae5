/* What the leaves give for a statement, and how it differs from what the ledger signed. */
#include "audit/statement_parts.h"
#include "wire/base.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const sections[] = {"taken_over", "income", "spending", "transfer", "otherwise"};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static void set_amount(json_t *object, const char *member, int64_t amount)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, amount);
	json_object_set_new(object, member, json_string(text));
}

static int rank(const char *section)
{
	int i = 0;

	while (strcmp(sections[i], section) != 0)
		i++;
	return i;
}

static int by_section(const void *a, const void *b)
{
	const struct line *left = a, *right = b;
	int order = rank(left->section) - rank(right->section);

	if (!order)
		order = strcmp(left->item, right->item);
	if (!order)
		order = (left->purpose > right->purpose) - (left->purpose < right->purpose);
	return order ? order : (left->counterparty > right->counterparty) - (left->counterparty < right->counterparty);
}

static json_t *lines_json(const struct statements *statements, struct statement *statement)
{
	json_t *lines = json_array();

	if (statement->line_count)
		qsort(statement->lines, statement->line_count, sizeof(*statement->lines), by_section);
	for (size_t i = 0; i < statement->line_count; i++) {
		const struct line *line = &statement->lines[i];
		const char *purpose = names_purpose(statements->names, line->purpose), *other = names_code(statements->names, line->counterparty);
		json_t *object = json_pack("{s:s, s:s}", "section", line->section, "item", line->item);

		if (line->purpose)
			json_object_set_new(object, "purpose", purpose ? json_string(purpose) : json_null());
		if (line->counterparty)
			json_object_set_new(object, "counterparty", other ? json_string(other) : json_null());
		set_amount(object, "restricted", line->restricted);
		set_amount(object, "unrestricted", line->unrestricted);
		set_amount(object, "amount", wrap_sum(line->restricted, line->unrestricted));
		json_array_append_new(lines, object);
	}
	return lines;
}

static json_t *purposes_json(const struct statements *statements, const struct statement *statement, int64_t *ret_sum)
{
	json_t *purposes = json_array();

	*ret_sum = 0;
	for (size_t i = 0; i < statement->purpose_count; i++) {
		const char *label = names_purpose(statements->names, statement->purposes[i].purpose);
		json_t *object = json_pack("{s:o}", "purpose", label ? json_string(label) : json_null());

		set_amount(object, "restricted", statement->purposes[i].restricted);
		wrap_add(ret_sum, statement->purposes[i].restricted);
		json_array_append_new(purposes, object);
	}
	return purposes;
}

static bool add_proof(json_t *proof, const char *check, int64_t computed, int64_t stated)
{
	json_t *object = json_pack("{s:s, s:b}", "check", check, "holds", computed == stated);

	set_amount(object, "computed", computed);
	set_amount(object, "stated", stated);
	json_array_append_new(proof, object);
	return computed == stated;
}

/* Sums the lines by section; all of them, with the sign of their section, is what the net assets moved. */
static int64_t set_sums(json_t *result, const struct statement *statement)
{
	int64_t sums[SECTIONS] = {0}, moved = 0;

	for (size_t i = 0; i < statement->line_count; i++) {
		int section = rank(statement->lines[i].section);

		wrap_add(&sums[section], statement->lines[i].restricted);
		wrap_add(&sums[section], statement->lines[i].unrestricted);
	}
	for (size_t i = 0; i < SECTIONS; i++) {
		set_amount(result, sections[i], sums[i]);
		wrap_add(&moved, strcmp(sections[i], "spending") == 0 ? wrap_negated(sums[i]) : sums[i]);
	}
	return moved;
}

static void set_proof(json_t *result, const struct statement *statement, int64_t moved, int64_t purposes)
{
	const struct position *had = &statement->had, *has = &statement->has;
	int64_t closing = wrap_sum(has->restricted, has->unrestricted);
	json_t *proof = json_array();
	bool holds = add_proof(proof, "movements", wrap_sum(wrap_sum(had->restricted, had->unrestricted), moved), closing);

	holds = add_proof(proof, "position", wrap_sum(wrap_sum(has->bank, has->other_assets), wrap_negated(has->payable)), closing) && holds;
	holds = add_proof(proof, "purposes", purposes, has->restricted) && holds;
	json_object_set_new(result, "proof", proof);
	json_object_set_new(result, "consistent", json_boolean(holds));
}

static void set_position(json_t *result, const struct statement *statement)
{
	const struct position *had = &statement->had, *has = &statement->has;

	set_amount(result, "opening", wrap_sum(had->restricted, had->unrestricted));
	set_amount(result, "opening_restricted", had->restricted);
	set_amount(result, "opening_unrestricted", had->unrestricted);
	set_amount(result, "closing", wrap_sum(has->restricted, has->unrestricted));
	set_amount(result, "restricted", has->restricted);
	set_amount(result, "unrestricted", has->unrestricted);
	set_amount(result, "bank", has->bank);
	set_amount(result, "other_assets", has->other_assets);
	set_amount(result, "payable", has->payable);
}

size_t statements_count(const struct statements *statements)
{
	return statements->count;
}

const char *statements_file(const struct statements *statements, size_t i)
{
	return statements->all[i].file;
}

json_t *statements_result(const struct statements *statements, size_t i)
{
	struct statement *statement = &statements->all[i];
	int64_t fund = names_fund(statements->names, statement->code), purposes, moved;
	const char *title = names_title(statements->names, fund), *host = names_code(statements->names, names_host(statements->names, fund));
	json_t *result = json_pack("{s:s, s:s, s:s}", "fund", statement->code, "from", statement->from, "to", statement->to);

	if (title)
		json_object_set_new(result, "name", json_string(title));
	if (host)
		json_object_set_new(result, "host", json_string(host));
	set_position(result, statement);
	json_object_set_new(result, "lines", lines_json(statements, statement));
	json_object_set_new(result, "purposes", purposes_json(statements, statement, &purposes));
	moved = set_sums(result, statement);
	set_proof(result, statement, moved, purposes);
	return result;
}

/* ---- comparison */

static void find(struct findings *findings, const struct statement *statement, const char *field, const json_t *expected, const json_t *found)
{
	struct place place = PLACE_NONE;
	_cleanup_free_ char *wanted = expected ? json_dumps(expected, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	_cleanup_free_ char *got = found ? json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	place.table = statement->file;
	place.field = field;
	findings_add(findings, "statement_differs", &place, json_is_string(expected) ? json_string_value(expected) : wanted,
		     json_is_string(found) ? json_string_value(found) : got);
}

/* What tells a row of a list from the others; malloc'd. */
static char *row_name(const char *list, const json_t *row)
{
	return xasprintf("%s/%s%s%s%s%s%s%s", list, text_of(row, "section"), text_of(row, "check"), json_object_get(row, "item") ? "/" : "",
			 text_of(row, "item"), text_of(row, "purpose"), json_object_get(row, "counterparty") ? "/" : "",
			 text_of(row, "counterparty"));
}

/* Whether a row found is the one that is expected. A name that is null is not known from the leaves of a part of a log: any. */
static bool same_row(const json_t *expected, const json_t *found)
{
	static const char *const names[] = {"section", "item", "purpose", "counterparty", "check"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!json_is_null(json_object_get(expected, names[i])) && strcmp(text_of(expected, names[i]), text_of(found, names[i])) != 0)
			return false;
	return true;
}

static bool same_amounts(const json_t *expected, const json_t *found)
{
	return strcmp(text_of(expected, "restricted"), text_of(found, "restricted")) == 0 &&
	       strcmp(text_of(expected, "unrestricted"), text_of(found, "unrestricted")) == 0;
}

/* The row found that is expected: the one with the right amounts when names leave a choice. NULL: none. */
static const json_t *row_found(const json_t *rows, const json_t *expected)
{
	const json_t *first = NULL, *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)rows, i, row) {
		if (!same_row(expected, row))
			continue;
		if (same_amounts(expected, row))
			return row;
		if (!first)
			first = row;
	}
	return first;
}

/* Whether some row is expected that this one can be. */
static bool is_expected(const json_t *expected, const json_t *found)
{
	for (size_t i = 0; i < json_array_size(expected); i++)
		if (same_row(json_array_get(expected, i), found))
			return true;
	return false;
}

/* Whether a row before it has all its names: a row that is there twice. */
static bool is_repeated(const json_t *rows, size_t place)
{
	for (size_t i = 0; i < place; i++)
		if (same_row(json_array_get(rows, place), json_array_get(rows, i)))
			return true;
	return false;
}

static void compare_members(struct findings *findings, const struct statement *statement, const char *prefix, const json_t *expected,
			    const json_t *found);

static void compare_list(struct findings *findings, const struct statement *statement, const char *list, const json_t *expected, const json_t *found)
{
	const json_t *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)expected, i, row) {
		_cleanup_free_ char *name = row_name(list, row);
		const json_t *other = row_found(found, row);

		if (other)
			compare_members(findings, statement, name, row, other);
		else
			find(findings, statement, name, row, NULL);
	}
	json_array_foreach((json_t *)(uintptr_t)found, i, row) {
		_cleanup_free_ char *name = row_name(list, row);

		if (!is_expected(expected, row) || is_repeated(found, i))
			find(findings, statement, name, NULL, row);
	}
}

static void compare_members(struct findings *findings, const struct statement *statement, const char *prefix, const json_t *expected,
			    const json_t *found)
{
	const char *member;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)expected, member, value) {
		_cleanup_free_ char *name = prefix ? xasprintf("%s/%s", prefix, member) : xstrdup(member);
		const json_t *other = json_object_get(found, member);

		if (json_is_array(value) && json_is_array(other))
			compare_list(findings, statement, name, value, other);
		else if (!(json_is_null(value) && json_is_string(other)) && (!other || !json_equal(value, other)))
			find(findings, statement, name, value, other);
	}
	json_object_foreach((json_t *)(uintptr_t)found, member, value) {
		_cleanup_free_ char *name = prefix ? xasprintf("%s/%s", prefix, member) : xstrdup(member);

		if (!json_object_get(expected, member))
			find(findings, statement, name, NULL, value);
	}
}

void statements_compare(const struct statements *statements, struct findings *findings)
{
	for (size_t i = 0; i < statements->count; i++) {
		json_auto_t *expected = statements_result(statements, i);

		compare_members(findings, &statements->all[i], NULL, expected, statements->all[i].found);
	}
}
