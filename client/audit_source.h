/* The log as the ledger's reads give it: batches of leaves and requests in the shape of a bundle's files, and its public tiles. */
#ifndef CLIENT_AUDIT_SOURCE_H
#define CLIENT_AUDIT_SOURCE_H

#include "audit/act.h"
#include "client/answer.h"
#include "client/client.h"
#include "wire/tree.h"

#include <jansson.h>
#include <stdint.h>

/* Text that grows; its bytes may move when it does. */
struct buffer {
	char *bytes;
	size_t length, room;
};

struct audit_source {
	struct client *client;
	struct buffer leaves, requests; /* lines of the batch */
	json_t *kept_leaves, *kept_requests; /* rows that were given beyond the last batch */
	int64_t next_leaf, next_request; /* to ask for */
	unsigned char tile[TREE_TILE_WIDTH * TREE_HASH]; /* the last one, and which it is */
	unsigned tile_level, tile_width;
	uint64_t tile_index;
	int code; /* EXIT_OK, or why the ledger could not be asked (it was said) */
};

void source_clear(struct audit_source *source);

/* Asks a read; EXIT_OK with an answer that has a result. */
int source_ask(struct audit_source *source, const char *noun, const char *verb, const json_t *input, struct answer *ret);

/* Fills leaves and requests with the next whole commands before leaf upto (the end of a command): at most some thousand leaves.
 * The index after the last one; -1 when the ledger could not be asked. */
int64_t source_batch(struct audit_source *source, int64_t upto);

/* A tables_fetch_fn and a proof_tile_fn; arg is the source. */
int source_fetch(void *arg, int64_t first, bool whole, struct act *ret);
const unsigned char *source_tile(void *arg, unsigned level, uint64_t index, unsigned width);

/* The newest checkpoint, as /log/checkpoint gives it; malloc'd, NULL when there is none. */
char *source_checkpoint(struct audit_source *source);

#endif
