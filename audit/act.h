/*
 * One signed command and the leaves that it added to the log, taken apart: what the replay works on.
 *
 * Parsing is strict and needs nothing but the bytes, so it is done on worker threads; a fault is kept in the act and
 * becomes a finding when its turn comes.
 */
#ifndef AUDIT_ACT_H
#define AUDIT_ACT_H

#include "wire/jws.h"
#include "wire/op.h"
#include "wire/tree.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEAF_MAX 16384
#define LIFETIME_MAX 300 /* seconds from iat to exp */

struct posting {
	const char *account; /* number of the chart */
	int64_t owner, fund, purpose; /* fund 0: points book */
	bool restricted;
	int64_t amount, balance, version; /* debit positive */
	const json_t *lots; /* [[lot, "amount"], ...] or NULL */
};

struct leaf {
	int64_t index;
	const char *bytes; /* canonical; not owned */
	size_t length;
	unsigned char hash[TREE_HASH]; /* RFC 6962 leaf hash */
	json_t *content;   /* NULL: not a leaf of this format; fault says why */
	const char *fault; /* static text or NULL */
	bool not_canonical; /* with fault: it is a leaf, but of other bytes */
	const char *kind, *kid, *request, *recorded_at; /* owned by content */
	const char *result; /* SHA-256 of the command's result, in the first leaf; NULL */
	int64_t recorded_us;   /* since 1970 */
	/* of entries; entry 0: none */
	int64_t entry, reverses;
	const char *book, *occurred_on; /* owned by content */
	int32_t occurred_day; /* days since 1970 */
	struct posting *postings;
	size_t posting_count;
	const json_t *rows; /* {table: [row, ...]}, NULL if there are none */
};

struct act {
	int64_t number; /* of the request; 0: not known */
	int64_t first;  /* index of its first leaf */
	int64_t said_first, said_count; /* which leaves the stored request says it added; -1: nothing is said */
	struct leaf *leaves;
	size_t leaf_count;

	void *buffer;         /* malloc'd, where the bytes lie when nobody else keeps them; freed by act_clear() */
	const char *compact; /* the signed request as stored; NULL when it is withheld or missing. Not owned */
	size_t compact_length;
	struct jws *jws; /* NULL: withheld, missing or malformed. Its compact is the one above */
	const char *fault;
	const struct op *op;  /* by the signed path; NULL: the founding, or not known */
	const json_t *input;  /* payload: the envelope's members and the input's, all at the top level */
	bool founding;        /* the ledger's first command: an enrolment request */
	int64_t iat, exp;     /* seconds since 1970 */
	uint64_t jti[2];

	const struct key *signer; /* set by the replay: the registered key that must have signed; NULL: nothing to check */
	bool bad_signature;       /* set by act_verify() */
};

/* Takes leaves and request apart. leaf->index, bytes and length are set by the caller; safe on any thread. */
void act_parse(struct act *act);

/* Checks the signature against signer, if there is one. Safe on any thread. */
void act_verify(struct act *act);

/* Forgets the request, which is not the one that the leaves name: nothing follows from it. */
void act_drop_request(struct act *act);

/* Frees what parsing made, and leaves (malloc'd by the caller). */
void act_clear(struct act *act);

/* The row images of a table in a leaf: the array, NULL if there are none. And a row's members; defaults when absent. */
const json_t *leaf_rows(const struct leaf *leaf, const char *table);
int64_t row_number(const json_t *row, const char *member, int64_t otherwise); /* integers, and amounts as decimal strings */
const char *row_text(const json_t *row, const char *member);                   /* NULL if absent or no string */
bool row_flag(const json_t *row, const char *member);

/* "2025-03-08" in days since 1970, and "2025-03-08T01:00:00.000001Z", just so, in microseconds. 0 or -1. */
int day_parse(const char *text, int32_t *ret_day);
int moment_parse(const char *text, int64_t *ret_us);

#endif
