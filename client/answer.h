/*
 * A verified answer of the ledger. Nothing that did not verify leaves this file.
 *
 * Checked: that an answers key in force signed it, typ, aud, that it answers this very request, and that its status is the one it came with.
 */
#ifndef CLIENT_ANSWER_H
#define CLIENT_ANSWER_H

#include "client/home.h"
#include "wire/jws.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer {
	struct jws *jws;
	long status;
	bool replay;
	int64_t size; /* of the log when it was given */
	int64_t keys; /* of the ledger that were registered or ended by then; 0: not said */
	const char *root;
	const json_t *result, *problem; /* one of them is NULL; owned by jws */
	bool ended;      /* its key has ended since */
	char *kept;      /* path of its command in the outbox, NULL for a read */
	char *receipt;   /* path where it was kept as a receipt, NULL if it was not */
	uint64_t leaf;   /* ... and the index of the first leaf */
	bool unkept;     /* it has a receipt that could not be kept */
};

/* Why an answer does not verify when its key is not known: the ledger may have new ones. */
extern const char answer_unknown_key[];

/* hash is the request's SHA-256; NULL: an answer from a file, whose request is not known, flattened or compact; it may be
 * signed by a key that ended later. status is the transport's (0: not known). 0, or -1 with *ret_reason (static English text). */
int answer_verify(const struct ledger *ledger, const char *body, size_t length, const unsigned char *hash, long status,
		  struct answer *ret, const char **ret_reason);

/* Ends it. Its command leaves the outbox only now, after what was printed has left this process: whoever kills the client
 * before has the command still, and sending it again gives the same answer. */
void answer_clear(struct answer *answer);

#endif
