/* Bulk commands from a CSV file: checked whole before anything is sent, then sent in parts of at most 1,000 lines. */
#ifndef CLIENT_IMPORT_H
#define CLIENT_IMPORT_H

#include "client/client.h"
#include "wire/op.h"

#include <jansson.h>

/* The list among an operation's input, NULL if it has none. */
const struct field *import_list(const struct op *op);

/* Whether the operation wants a digest of what is imported; it is made here and never typed. */
bool import_is_digest(const struct field *field);

/* Sets that digest (hex SHA-256 of the lines' canonical JSON, personal values in plain) if the operation wants it. */
void import_digest(const struct op *op, json_t *input);

/* Sends the rows of a file with the other input of the operation, and prints each answer. */
int import_run(struct client *client, const struct op *op, const json_t *input, const char *file);

#endif
