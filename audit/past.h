/*
 * What the log holds so far, as far as later commands depend on it: volunteers, activities and their records, redemptions, claims,
 * disbursements, what each fund has. Taken over from the rows and postings of each act after it was checked, kept in the
 * store, so that memory does not grow with the ledger.
 *
 * Pointers are into the store: good until something is put into it, so not beyond the check of an act. NULL: not there.
 */
#ifndef AUDIT_PAST_H
#define AUDIT_PAST_H

#include "audit/replay.h"

#include <stdbool.h>
#include <stdint.h>

/* Takes over all that an act's leaves hold; called once they are registered and posted. */
void past_take(struct replay *replay, const struct act *act);

/* The day in Shanghai, in days since 1970, of a second; and the second of a moment as text (RFC 3339), 0 if it is none. */
int64_t past_day(int64_t seconds);
int64_t past_seconds(const char *moment);

int64_t past_community(const struct replay *replay, int64_t volunteer); /* 0: no such volunteer */

struct past_activity {
	int64_t team, community, person;
	int64_t first, count; /* its records: numbers first .. first + count - 1 */
};
const struct past_activity *past_activity(const struct replay *replay, int64_t activity);
int64_t past_open(const struct replay *replay, int64_t activity); /* how many of its records wait for a decision */

struct past_record {
	int64_t activity, volunteer, starts, ends; /* seconds since 1970 */
	int64_t next; /* another record of the volunteer that began on the same day; 0: none */
};
const struct past_record *past_record(const struct replay *replay, int64_t record);
int64_t past_record_on(const struct replay *replay, int64_t volunteer, int64_t day); /* number of one of that day; 0: none */

enum decision { UNDECIDED, CONFIRMED, REJECTED };
enum decision past_decision(const struct replay *replay, int64_t record);

/* Running sums of a day: 't' points redeemed by an operator, 'm' minutes credited to a volunteer. */
int64_t past_daily(const struct replay *replay, char kind, int64_t id, int64_t day);

/* What a volunteer redeemed on the last day (days since 1970) on which he did; NULL: never. */
struct past_redeemed {
	int64_t points, day;
};
const struct past_redeemed *past_redeemed(const struct replay *replay, int64_t volunteer);

/* The lots of a volunteer in the order in which they are spent; from 0. 0 after the last. Spent and expired ones may be among them. */
struct past_lot {
	int64_t owner, remaining, amount, expires; /* as the engine keeps them in STORE_LOT; expires in days */
};
int64_t past_next_lot(const struct replay *replay, int64_t volunteer, int64_t lot);
const struct past_lot *past_lot(const struct replay *replay, int64_t lot);

struct past_redemption {
	int64_t volunteer, points, fen, shop, refunded;
};
const struct past_redemption *past_redemption(const struct replay *replay, int64_t entry);
struct past_part {
	int64_t lot, amount, count; /* count: of all parts, in the first */
};
const struct past_part *past_part(const struct replay *replay, int64_t entry, int64_t n); /* what it took, and of which lot; n from 0 */

/* What a shop redeemed less what it took back since its last claim. */
struct past_unclaimed {
	int64_t points, fen, last, from; /* last entry, and last entry that was claimed */
};
struct past_unclaimed past_unclaimed(const struct replay *replay, int64_t shop);

/* A claim or a disbursement, and how far it has come. */
struct past_asked {
	int64_t fund, amount, person;
	int64_t about;  /* purpose of a disbursement; shop of a claim */
	int64_t points; /* of a claim; day of the request of a disbursement */
};
struct past_answered {
	int64_t approvals, approver[2];
	int64_t owed_on; /* day of the second approval's entry */
	int64_t paid;
};
const struct past_asked *past_disbursement(const struct replay *replay, int64_t id, struct past_answered *ret_answered);
const struct past_asked *past_settlement(const struct replay *replay, int64_t id, struct past_answered *ret_answered);

/* Entries that later commands may name: reversed, or their donor erased. */
enum past_kind { PAST_OPENING = 1, PAST_TRANSFER, PAST_INCOME };
struct past_entry {
	int64_t kind, fund, day;
	int64_t personal; /* whether it has a donor's commitment */
	int64_t reversed;
};
const struct past_entry *past_entry(const struct replay *replay, int64_t entry);

/* What a fund has at this moment, positive in the usual case. */
struct past_fund {
	int64_t bank, payable, unrestricted, restricted;
};
struct past_fund past_fund(const struct replay *replay, int64_t fund);
int64_t past_of_purpose(const struct replay *replay, int64_t fund, int64_t purpose); /* what is left of the money restricted to it */

bool past_in_charge(const struct replay *replay, int64_t activity); /* whether the activity names somebody */
bool past_erased(const struct replay *replay, const char *subject_kind, int64_t subject);

#endif
