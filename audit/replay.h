/*
 * The ledger made again from its leaves, command by command in log order, and checked on the way:
 *
 * - each leaf names a signed request whose key was registered, unrevoked and allowed to do that there, at that place in the log;
 * - each entry has the next number, balances in its book and per fund; each posting has its account's next version and the
 *   balance after it; lots sum to balances; nothing falls below its limit; an entry is reversed once at most;
 * - the effects are those that the signed request asks for and the rules give (derive.h, one check an operation);
 * - rows have the next number of their table, and name this request.
 *
 * A partial log (a bundle for one fund) is replayed the same way; what cannot be known from it is not judged.
 */
#ifndef AUDIT_REPLAY_H
#define AUDIT_REPLAY_H

#include "audit/act.h"
#include "audit/finding.h"
#include "audit/registry.h"
#include "audit/store.h"

#include <stdbool.h>
#include <stdint.h>

struct replay;

/* Called for every act after its checks, in log order, with the state after it: act->leaves[i].entry != 0 are its entries. */
struct observer {
	void (*act)(void *arg, const struct replay *replay, const struct act *act);
	void *arg;
};

/* Tables whose rows are numbered without a gap; ends with NULL. Their last numbers are in replay->last_rows, in this order. */
#define NUMBERED_TABLES_MAX 16
extern const char *const numbered_tables[];

struct replay {
	struct registry *registry;
	struct store *store;
	struct findings *findings;
	bool partial;      /* not all leaves of the log are there */
	int64_t scope;     /* of a partial log: the node all of whose money leaves are there; 0: not known */
	int64_t requests, entries, leaves; /* how far: last numbers, and count of leaves */
	int64_t lots;        /* number of the last lot */
	int64_t last_rows[NUMBERED_TABLES_MAX];
	int64_t recorded_us; /* of the last leaf */
	int64_t entry_us;    /* of the last entry */
	const struct operator *author; /* of the act at hand; NULL at the founding, and when the key is not known */
	int64_t today;       /* its day in Shanghai, days since 1970 */
	int64_t withheld;    /* signed requests that are not in a partial log */
	char withheld_request[44]; /* digest of the last one: its leaves need not stand together in a part of a log */
	const struct observer *observers; /* observer_count of them; not owned */
	size_t observer_count;
};

/* Replays one act: authority, entries and postings, its operation's derivation, registration of its rows. Sets act->signer. */
void replay_act(struct replay *replay, struct act *act);

/* The place of a leaf, with its entry; a finding about it. leaf NULL: about the act. */
struct place place_of(const struct act *act, const struct leaf *leaf);
void replay_find(struct replay *replay, const struct act *act, const struct leaf *leaf, const char *code, const char *field,
		 const char *expected, const char *found);
void replay_find_number(struct replay *replay, const struct act *act, const struct leaf *leaf, const char *code, const char *field,
			int64_t expected, int64_t found);

/* Balance and last version of an account (zeros if it was never posted to): debit positive. */
struct account_state {
	int64_t balance, version, lots;
};
struct account_state replay_account(const struct replay *replay, const char *number, int64_t owner, int64_t purpose, bool restricted);

/* Keys of the store. */
void account_key(uint64_t key[STORE_KEY], const char *number, int64_t owner, int64_t purpose, bool restricted);
#define STORE_KIND(kind) ((uint64_t)(kind) << 56)

/* Whether a fund's money postings must all be there: all must, but in a partial log only those at or below its scope. fund 0: points. */
bool replay_is_whole(const struct replay *replay, int64_t fund);

/* The parts of replay_act(), one file each. */
void replay_request(struct replay *replay, struct act *act);                       /* replay_request.c */
void replay_entry(struct replay *replay, const struct act *act, const struct leaf *leaf); /* replay_entry.c */
void replay_rows(struct replay *replay, const struct act *act, const struct leaf *leaf);  /* replay_rows.c */

#endif
