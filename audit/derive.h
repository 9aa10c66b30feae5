/*
 * One row an operation that changes the ledger: what its effects must be, given its signed input, what the log holds before
 * it, and the rules. tests/lint fails when an operation or a table of the schema has no row here.
 *
 * check is called once for an act whose request could be read, before its rows are registered and its postings are taken
 * over: replay and past still show the state before. It adds findings and changes nothing. Where something that the request names
 * is not there, it says so and judges no further.
 */
#ifndef AUDIT_DERIVE_H
#define AUDIT_DERIVE_H

#include "audit/replay.h"

struct derivation {
	const char *op;     /* as in wire/op.h; "ledger_found" for the founding */
	const char *tables; /* those whose rows its leaves may hold, parted by blanks; entry and posting go without saying */
	void (*check)(struct replay *replay, const struct act *act);
};

/* The groups, one file each; each ends with op NULL. */
extern const struct derivation derive_people[], derive_organisation[], derive_service[], derive_points[], derive_settlement[];
extern const struct derivation derive_fund[], derive_disbursement[], derive_ledger[];
const struct derivation *derivation_find(const char *op);

/* Judges the effects of an act, before it is taken over; and takes over what later checks need, after its rows are registered. */
void derive_check(struct replay *replay, const struct act *act);
void derive_after(struct replay *replay, const struct act *act);

/* Whether the act's operation may write rows of a table at all. */
bool derive_may_write(const struct act *act, const char *table);

/* Every table of the schema and how the audit covers it. */
enum coverage {
	COVER_IMAGE,    /* each row stands in a leaf as an image, and is compared with it */
	COVER_DERIVED,  /* made again from the leaves otherwise: account, lot, posting, entry, daily_use, service_open, request, leaf, tile, ... */
	COVER_CONSTANT, /* part of the program: chart, migration */
	COVER_PERSONAL, /* personal values: only that each opens its commitment */
};
struct table_coverage {
	const char *table;
	enum coverage how;
	const char *key; /* members of the primary key in the image, parted by blanks */
};
extern const struct table_coverage table_coverages[]; /* ends with table NULL */

#endif
