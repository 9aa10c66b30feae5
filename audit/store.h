/*
 * The audit's memory of what can be as large as the ledger: accounts, lots, records, numbers used once. A hash table of
 * fixed slots in a file that is mapped: the kernel keeps what fits, the process's own memory stays small.
 *
 * With a path the file stays and is the starting point of the next, incremental audit; without one it is unlinked at once.
 */
#ifndef AUDIT_STORE_H
#define AUDIT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first word of a key has its kind in the top byte. Kinds are never 0. */
enum store_kind {
	STORE_ACCOUNT = 1, /* (kind | restricted << 40 | number), owner, purpose -> balance, version, sum of its lots */
	STORE_LOT,         /* id -> owner, remaining, amount, expires (days), entry */
	STORE_JTI,         /* (kind | operator), high, low of the jti -> request */
	STORE_VOLUNTEER,   /* number -> community */
	STORE_RECORD,      /* service record -> activity, volunteer, start (s), end (s), next; see past.h */
	STORE_DECISION,    /* service record -> 1 confirmed / 2 rejected, entry, points, credited minutes */
	STORE_REDEMPTION,  /* entry -> volunteer, points, fen, shop, refunded */
	STORE_ENTRY,       /* entry that may be reversed -> leaf index, digest of its postings (2 words), reversed by */
	STORE_DAILY,       /* (kind | 't' or 'm'), id, day -> points redeemed or minutes; (kind | 'v'), id, 0 -> points redeemed, last day; see past.h */
	STORE_ROW,         /* (kind | table), two words of the digest of the row's key -> leaf, two words of the digest of its image, seen, request; see tables.h */
	STORE_OTHER,       /* what an operation's check needs beside: the second word says what */
	STORE_ERASABLE,    /* (kind | letter of the subject's kind), subject, place -> two words of a commitment's digest, request */
	STORE_ROOT,        /* size of the log after a command -> its root, in four words */
};

#define STORE_KEY 3
#define STORE_VALUE 5

struct store;

/* NULL with errno. The file at path is taken up when it is one of this version. */
struct store *store_open(const char *path);
struct store *store_close(struct store *store); /* keeps a file that has a path; accepts NULL, returns NULL */

/* The value of a key, NULL if it is not there. Valid, and may be written to, until the next store_put(). */
int64_t *store_get(struct store *store, const uint64_t key[STORE_KEY]);

/* The value of a key, made of zeros if it is not there; *ret_new (may be NULL) says so. Aborts when the disk is full. */
int64_t *store_put(struct store *store, const uint64_t key[STORE_KEY], bool *ret_new);

/* Goes through all of a kind, in no order. Nothing may be put meanwhile. */
typedef void store_each_fn(void *arg, const uint64_t key[STORE_KEY], int64_t value[STORE_VALUE]);
void store_each(struct store *store, enum store_kind kind, store_each_fn *fn, void *arg);

size_t store_count(const struct store *store);

#endif
