/* One request and its verified answer: sends, tries again for some seconds when there is none, verifies. */
#ifndef CLIENT_EXCHANGE_H
#define CLIENT_EXCHANGE_H

#include "client/answer.h"
#include "client/client.h"
#include "wire/op.h"

#include <jansson.h>
#include <stddef.h>

struct request {
	const char *path; /* with the query */
	const char *body; /* NULL: a read */
	size_t length;
	const unsigned char *hash; /* 32 bytes: what the answer must name */
	const char *kept;          /* path of the command in the outbox; removed after a signed answer */
};

/* EXIT_OK with an answer (that may be a problem); ret_body (may be NULL) gets its bytes as received. Otherwise the exit
 * code, after saying what happened: refused unsigned, kept in the outbox, or not verified. */
int exchange(struct client *client, const struct request *request, struct answer *ret, char **ret_body);

/* Asks a read; the same results. input is checked here (EXIT_USAGE). */
int exchange_read(struct client *client, const struct op *op, const json_t *input, struct answer *ret, char **ret_body);

#endif
