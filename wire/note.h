/*
 * Checkpoints: C2SP tlog-checkpoint in a C2SP signed-note, signed with Ed25519 (algorithm 0x01).
 * Text: origin "\n" size "\n" base64(root) "\n", then "\n", then "— origin base64(key id || signature)\n".
 */
#ifndef WIRE_NOTE_H
#define WIRE_NOTE_H

#include "key.h"
#include "tree.h"

#include <stdint.h>

#define NOTE_MAX 1024
#define NOTE_SIGNATURE 64

/* Ed25519 signature of the checkpoint's text. origin is ASCII without spaces or plus signs. */
void note_sign(const struct key *key, const char *origin, uint64_t size, const unsigned char root[TREE_HASH],
	       unsigned char signature[NOTE_SIGNATURE]);

/* The whole note, NUL-terminated, into text of NOTE_MAX bytes. */
void note_write(const struct key *key, const char *origin, uint64_t size, const unsigned char root[TREE_HASH],
		const unsigned char signature[NOTE_SIGNATURE], char text[NOTE_MAX]);

/* The verifier key "origin+hash+base64" of signed-note, into text of NOTE_MAX bytes. */
void note_verifier(const struct key *key, const char *origin, char text[NOTE_MAX]);

/* Checks a note against a verifier key. 0 with size and root, or -1. */
int note_verify(const char *verifier, const char *note, uint64_t *ret_size, unsigned char ret_root[TREE_HASH]);

#endif
