/*
 * What a witness has cosigned last: one file with that checkpoint, the log's lines and its own. It is written, synced, before the
 * cosignature leaves this machine, so that no crash lets it sign two trees of one size; and locked, so that no second
 * process does.
 */
#ifndef CLIENT_WITNESS_STATE_H
#define CLIENT_WITNESS_STATE_H

#include "client/log_open.h"
#include "wire/key.h"

#include <stdbool.h>

struct witness_state {
	const char *path, *name;
	struct key *key;
	char verifier[NOTE_VERIFIER];
	int lock;
	bool seen; /* it has cosigned before; then last is that */
	struct log_checkpoint last;
};

/* Reads the key, and the state if there is one. EXIT_OK, or EXIT_LOCAL after saying why: a state that is not what this key cosigned
 * is never passed over. All texts live longer. */
int witness_state_open(struct witness_state *state, const char *path, const char *key_path, const char *name);
void witness_state_close(struct witness_state *state);

/* Cosigns a checkpoint that was found good, and keeps it: only then last is it. EXIT_OK, or EXIT_LOCAL after saying why. */
int witness_state_cosign(struct witness_state *state, const struct log_checkpoint *good, const char *origin);

/* Keeps two checkpoints that contradict each other beside the state. Says where. */
void witness_state_evidence(const struct witness_state *state, const struct log_checkpoint *other);

#endif
