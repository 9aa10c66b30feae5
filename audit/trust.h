/*
 * Which keys may sign the log's checkpoints: those that the reader trusts from the start, and those that the leaves register
 * as the log goes on (rows ledger_key and ledger_key_end of use "log").
 */
#ifndef AUDIT_TRUST_H
#define AUDIT_TRUST_H

#include "audit/finding.h"
#include "audit/registry.h"
#include "wire/note.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRUST_KEYS 32

struct trust {
	char keys[TRUST_KEYS][NOTE_VERIFIER]; /* verifier keys that the reader trusts */
	size_t count;
	char witnesses[TRUST_KEYS][NOTE_VERIFIER];
	size_t witness_count;
};

/* Lines of a file: verifier keys, one a line; blank lines and those that begin with # are passed over. The count, at most room. */
size_t trust_read_lines(const char *text, char (*keys)[NOTE_VERIFIER], size_t room);

/* Whether a note has a good line of a key that was in force at its size: after the replay, so that the leaves are known.
 * Adds checkpoint_signature if not. *ret_by_leaves: the key is trusted only because leaves register it. */
void trust_check(const struct trust *trust, const struct registry *registry, const char *note, const char *file, struct findings *findings,
		 bool *ret_by_leaves);

#endif
