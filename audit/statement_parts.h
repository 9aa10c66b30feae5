/* Inside of statement.h, shared by its files only. */
#ifndef AUDIT_STATEMENT_PARTS_H
#define AUDIT_STATEMENT_PARTS_H

#include "audit/statement.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* What a line of a statement sums. */
struct line {
	const char *section, *item; /* static, or owned by kinds */
	int64_t purpose, counterparty; /* 0: none */
	int64_t restricted, unrestricted;
};

struct purpose {
	int64_t purpose, restricted;
};

struct position {
	int64_t bank, other_assets, payable, restricted, unrestricted;
};

struct statement {
	char *file, *code;
	char from[11], to[11];
	int64_t size;        /* of the log when it was given */
	const json_t *found; /* the result in the answer */
	struct position had, has;
	struct line *lines;
	struct purpose *purposes;
	size_t line_count, purpose_count;
};

/* What a reversal must know of the entry that it reverses. */
struct source {
	int64_t entry;
	const char *kind, *item; /* of text_kept(); item: channel of income or kind of transfer, else NULL */
	int32_t from_fund, to_fund;
};

struct statements {
	const struct names *names;
	struct statement *all;
	size_t count;
	struct source *sources;
	size_t source_count, source_room;
	json_t *kept; /* texts that sources and lines point to: an object used as a set */
	int32_t *by_node; /* of a fund: 1 + place in all, -1 none, 0 not looked up yet */
	size_t node_room;
};

/* Sums of hostile amounts may not be undefined: they wrap. */
static inline void wrap_add(int64_t *sum, int64_t amount)
{
	*sum = (int64_t)((uint64_t)*sum + (uint64_t)amount);
}

static inline int64_t wrap_sum(int64_t a, int64_t b)
{
	wrap_add(&a, b);
	return a;
}

static inline int64_t wrap_negated(int64_t amount)
{
	return (int64_t)(0 - (uint64_t)amount);
}

/* A text member, "" if there is none. */
static inline const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

#endif
