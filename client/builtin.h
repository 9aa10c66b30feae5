/* Commands that are the client's own: keys, the outbox, exports. Described like operations, so that flags and help are the same. */
#ifndef CLIENT_BUILTIN_H
#define CLIENT_BUILTIN_H

#include "client/client.h"
#include "wire/op.h"

#include <jansson.h>

struct builtin {
	struct op op; /* noun, verb, input, help */
	int (*run)(struct client *client, const json_t *input);
};

/* The groups, one file each; each ends with noun NULL. */
extern const struct builtin builtin_key[], builtin_outbox[], builtin_export[], builtin_bundle[], builtin_audit[], builtin_ledger[];
extern const struct builtin builtin_receipt[], builtin_log[], builtin_witness[];

/* Every one in the order of help, NULL past the end; and that of a noun and a verb, NULL if there is none. */
const struct builtin *builtin_at(size_t i);
const struct builtin *builtin_find(const char *noun, const char *verb);

#endif
