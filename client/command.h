/*
 * Commands: made, signed, kept in the outbox, sent, answered.
 *
 * ES256 is randomised, so that the same command signed again has other bytes and would be another command. That is why
 * the bytes are kept before they are sent, and only these bytes are sent again.
 */
#ifndef CLIENT_COMMAND_H
#define CLIENT_COMMAND_H

#include "client/answer.h"
#include "client/client.h"
#include "client/trouble.h"
#include "wire/op.h"

#include <jansson.h>

/* Signs and sends input, in which personal values stand in plain and become commitments. EXIT_OK with an answer (that may
 * be a problem), or the exit code after saying why. source (may be NULL) tells where the lines came from. */
int command_send(struct client *client, const struct op *op, json_t *input, const struct source *source, struct answer *ret);

/* Sends again what the outbox keeps under a name. *ret_op is set with the answer. */
int command_resend(struct client *client, const char *name, const struct op **ret_op, struct answer *ret);

/* Prints an answer for people or as --json asks, and gives EXIT_OK or EXIT_REFUSED. */
int command_show(const struct client *client, const struct op *op, const struct answer *answer, const struct source *source);

/* An ordinary operation from typed input to its printed answer. */
int command_run(struct client *client, const struct op *op, json_t *input);

#endif
