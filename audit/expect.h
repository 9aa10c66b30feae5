/*
 * What a leaf must hold, said piece by piece by an operation's derivation: each call compares one piece with the leaf and
 * adds findings. What was not said when the leaf is done is effect_unknown.
 *
 * An expectation is a local of the check; nothing is allocated. Pieces of a leaf that is not there give one effect_missing.
 */
#ifndef AUDIT_EXPECT_H
#define AUDIT_EXPECT_H

#include "audit/replay.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPECT_TABLES 8 /* of one leaf */

struct expect {
	struct replay *replay;
	const struct act *act;
	const struct leaf *leaf; /* NULL: it is missing */
	size_t lines, rows;      /* said so far */
	struct {
		const char *table;
		size_t count;
	} seen[EXPECT_TABLES];
};

/* A member of a row. GIVEN: numbered by the ledger, or the number of the request; judged elsewhere, here only that it is there. */
enum member_kind { MEMBER_END, MEMBER_NUMBER, MEMBER_AMOUNT, MEMBER_TEXT, MEMBER_FLAG, MEMBER_DAY, MEMBER_MOMENT, MEMBER_JSON, MEMBER_GIVEN };
struct member {
	enum member_kind kind;
	const char *name;
	int64_t number; /* also a flag, a day since 1970, a moment in seconds */
	const void *value; /* text, or a json_t; NULL: must be absent */
};
#define NUMBER(m, n) ((struct member){MEMBER_NUMBER, (m), (n), NULL})
#define AMOUNT(m, n) ((struct member){MEMBER_AMOUNT, (m), (n), NULL}) /* decimal string */
#define TEXT(m, text) ((struct member){MEMBER_TEXT, (m), 0, (text)})
#define FLAG(m, on) ((struct member){MEMBER_FLAG, (m), (on), NULL})
#define DAY(m, day) ((struct member){MEMBER_DAY, (m), (day), NULL})
#define MOMENT(m, seconds) ((struct member){MEMBER_MOMENT, (m), (seconds), NULL})
#define JSON(m, json) ((struct member){MEMBER_JSON, (m), 0, (json)})
#define GIVEN(m) ((struct member){MEMBER_GIVEN, (m), 0, NULL})
#define REQUEST GIVEN("request")

/* The leaf of that place in the act: of an entry, or of none, which has the operation's name for its kind. */
struct expect expect_entry(struct replay *replay, const struct act *act, size_t place, const char *kind, const char *book, int64_t day,
			   int64_t reverses);
struct expect expect_plain(struct replay *replay, const struct act *act, size_t place);

/* The next row of a table. Returns the row, NULL when it is missing. Use EXPECT_ROW. */
const json_t *expect_row(struct expect *expect, const char *table, const struct member *members);
#define EXPECT_ROW(expect, table, ...) expect_row((expect), (table), (const struct member[]){__VA_ARGS__, {.kind = MEMBER_END}})

/* The next line. In the money book the fund is the owner. */
void expect_line(struct expect *expect, const char *account, int64_t owner, int64_t amount);
void expect_line_of(struct expect *expect, const char *account, int64_t fund, int64_t amount, bool restricted, int64_t purpose);

/* The lots of the line that was said last: how many, and the one at a place. */
void expect_lots(struct expect *expect, size_t count);
void expect_lot(struct expect *expect, size_t place, int64_t lot, int64_t moved);
size_t expect_lots_found(const struct expect *expect); /* how many that line has */

void expect_end(struct expect *expect);

/* The act must have so many leaves. */
void expect_leaves(struct replay *replay, const struct act *act, size_t count);

/* rule_broken with the rule's name: the code of the refusal that should have been given. leaf: place in the act. */
void expect_broken(struct replay *replay, const struct act *act, size_t place, const char *rule, const char *expected, const char *found);
void expect_broken_number(struct replay *replay, const struct act *act, size_t place, const char *rule, int64_t expected, int64_t found);

/* "2025-03-08" in buffer, or the number of a day that no calendar has. */
#define DAY_TEXT 24
void day_text(int64_t day, char buffer[DAY_TEXT]);

/* Members of the signed input: a day, otherwise when absent; a decimal string or integer. */
int64_t input_day(const json_t *input, const char *member, int64_t otherwise);

/* Sums and products of what a ledger claims; never undefined. */
int64_t plus(int64_t a, int64_t b);
int64_t times(int64_t a, int64_t b);

#endif
