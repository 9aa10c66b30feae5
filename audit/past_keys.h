/* Where the facts of past.h stand in the store; for past.c and past_take.c only. */
#ifndef AUDIT_PAST_KEYS_H
#define AUDIT_PAST_KEYS_H

#include "audit/replay.h"
#include "audit/store.h"

#include <stdint.h>

/* Which fact of STORE_OTHER; the words after it, and what is there. */
enum past_letter {
	ACTIVITY = 'A',   /* activity -> struct past_activity */
	IN_CHARGE = 'a',  /* activity -> 1 */
	DECIDED = 'd',    /* activity -> how many of its records */
	CLAIM = 'C',      /* settlement, 0 -> struct past_asked; 1 -> struct past_answered */
	DISBURSEMENT = 'D', /* the same */
	ENTRY = 'E',      /* entry -> struct past_entry */
	FUND = 'F',       /* fund -> struct past_fund */
	HEAD = 'H',       /* volunteer -> first and last of the lots that are linked */
	LINK = 'L',       /* lot -> the next one, whether it is linked */
	ON_DAY = 'O',     /* volunteer, day -> last record that began on it */
	PURPOSE = 'P',    /* fund, purpose -> what is left */
	PART = 'R',       /* redemption, n -> struct past_part */
	UNCLAIMED = 'S',  /* shop -> struct past_unclaimed */
	ERASED = 'X',     /* first letter of the kind, subject -> 1 */
};

#define PAST_KEY(kind, letter, first, second) \
	((const uint64_t[STORE_KEY]){STORE_KIND(kind) | (uint64_t)(letter), (uint64_t)(first), (uint64_t)(second)})

/* A fact, NULL if it is not there. */
int64_t *past_get(const struct replay *replay, enum past_letter letter, int64_t first, int64_t second);

#endif
