/*
 * A verified answer of the ledger. Nothing that did not verify leaves this file.
 *
 * Checked: the pinned answers key, typ, aud, that it answers this very request, and that its status is the one it came with.
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
	const json_t *result, *problem; /* one of them is NULL; owned by jws */
	char *kept; /* path of its command in the outbox, NULL for a read */
};

/* hash is the request's SHA-256 (NULL: an answer from a file, whose request is not known), status the transport's
 * (0: not known). 0, or -1 with *ret_reason (static English text). */
int answer_verify(const struct ledger *ledger, const char *body, size_t length, const unsigned char *hash, long status,
		  struct answer *ret, const char **ret_reason);

/* Ends it. Its command leaves the outbox only now, after what was printed has left this process: whoever kills the client
 * before has the command still, and sending it again gives the same answer. */
void answer_clear(struct answer *answer);

#endif
