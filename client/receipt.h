/*
 * Receipts: what proves that leaves are in a ledger's log. Checked here, whole or not at all.
 *
 * In answers: {"first": 77, "leaves": [{...}] | "hashes": ["..."], "proof": "...", "last_proof": "..."}; closed ones have hashes,
 * because whoever asked may not see what the leaves say. As files: {"leaf": {...}, "proof": "..."} or
 * {"hash": "...", "proof": "...", "answer": "<compact JWS>"}. The proof is a c2sp.org/tlog-proof@v1 text.
 */
#ifndef CLIENT_RECEIPT_H
#define CLIENT_RECEIPT_H

#include "client/answer.h"
#include "client/ledger.h"
#include "wire/proof.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECEIPT_LEAVES_MAX 10000

struct receipt {
	uint64_t first, size; /* index of the first leaf; size of the checkpoint */
	size_t count;
	const json_t *leaves; /* borrowed; NULL: closed */
	unsigned char (*hashes)[TREE_HASH];
	unsigned char root[TREE_HASH];
	struct proof proof; /* of the first leaf */
	const char *note;   /* borrowed: the checkpoint */
	json_t *owned;      /* of a file's: what leaves and note point into */
};

/* Checks the receipt of an answer against the log keys of a ledger, those that were in force at its checkpoint. The receipt
 * lives as long as json. 0, or -1 with *ret_reason (static English text) and nothing to clear. */
int receipt_check(const struct ledger *ledger, const json_t *json, struct receipt *ret, const char **ret_reason);

/* Whether it is the receipt of this command: its leaves name the request's hash and the key, the first the digest of the
 * answer's result; and the checkpoint is the one that the answer speaks of, unless it is a replay. NULL, or why not (static). */
const char *receipt_fault(const struct receipt *receipt, const struct answer *answer, const unsigned char *hash, const char *kid);

/* Whether JSON has the form of a receipt file; and the same check of one. fresh: log keys that have ended do not count. */
bool receipt_is_file(const json_t *json);
int receipt_check_file(const struct ledger *ledger, const json_t *json, bool fresh, struct receipt *ret, const char **ret_reason);

/* The file of a single leaf's receipt, that came in answer: a new reference. */
json_t *receipt_file(const struct receipt *receipt, const struct answer *answer);

/* The receipt that an answer carries as a command's, or that receipt show gives as its result; NULL if there is none. Borrowed. */
const json_t *receipt_of(const struct answer *answer);

void receipt_clear(struct receipt *receipt);

/* Keeps a verified answer as received in the home, as ledgers/<aud>/receipts/entry-12.json or leaf-77.json, 0600. Its path
 * (malloc'd), or NULL with errno. */
char *receipt_keep(const char *home, const struct ledger *ledger, const struct answer *answer, const struct receipt *receipt,
		   const char *body, size_t length);

#endif
