/*
 * What an audit leaves for the next one: how far it came, the registry, the hash tree's frontier; and beside it the store's file.
 * The text is replaced at once, and names the store, so that the two always belong together.
 */
#ifndef AUDIT_STATE_H
#define AUDIT_STATE_H

#include "audit/replay.h"
#include "wire/tree.h"

#include <jansson.h>
#include <stdint.h>

/* New reference. store_name: of the file, in the same folder. */
json_t *state_save(const struct replay *replay, const struct tree *tree, const char *aud, int64_t generation, const char *store_name);

/* Fills the replay's registry and numbers and the tree (not initialised before). 0, or -1 when it is none of this version or of
 * another ledger; nothing is kept then. */
int state_load(const json_t *state, const char *aud, struct replay *replay, struct tree *tree, int64_t *ret_generation);

#endif
