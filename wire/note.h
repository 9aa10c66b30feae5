/*
 * Checkpoints: C2SP tlog-checkpoint in a C2SP signed-note, signed with Ed25519 (algorithm 0x01), and witnesses' cosignatures
 * on them (C2SP tlog-cosignature, cosignature/v1, algorithm 0x04).
 * Text: origin "\n" size "\n" base64(root) "\n", then "\n", then lines "— name base64(key id || signature)\n".
 */
#ifndef WIRE_NOTE_H
#define WIRE_NOTE_H

#include "key.h"
#include "tree.h"

#include <stddef.h>
#include <stdint.h>

#define NOTE_MAX 8192
#define NOTE_SIGNATURE 64
#define NOTE_ID 4          /* key id: first bytes of SHA-256(name || "\n" || algorithm || public key) */
#define NOTE_LINE 68       /* key id and signature, as a line holds them in base64 */
#define NOTE_VERIFIER 512  /* room for a verifier key, "name+hash+base64" */
#define NOTE_COSIGNATURE 76 /* key id, 8 bytes of time (seconds, big-endian), signature */

/* Ed25519 signature of the checkpoint's text. origin is ASCII without spaces or plus signs. */
void note_sign(const struct key *key, const char *origin, uint64_t size, const unsigned char root[TREE_HASH],
	       unsigned char signature[NOTE_SIGNATURE]);

/* The key id of an Ed25519 key as a log's key (for checkpoints) and as a witness's (for cosignatures). */
void note_id(const struct key *key, const char *name, unsigned char id[NOTE_ID]);
void note_witness_id(const struct key *key, const char *name, unsigned char id[NOTE_ID]);

/* The whole note, NUL-terminated, into text of NOTE_MAX bytes: signed by one key, or with the lines of several, each NOTE_LINE
 * bytes, all in origin's name. */
void note_write(const struct key *key, const char *origin, uint64_t size, const unsigned char root[TREE_HASH],
		const unsigned char signature[NOTE_SIGNATURE], char text[NOTE_MAX]);
void note_write_lines(const char *origin, uint64_t size, const unsigned char root[TREE_HASH], const unsigned char *lines,
		      size_t count, char text[NOTE_MAX]);

/* The verifier key "origin+hash+base64" of signed-note, and that of a witness, into text of NOTE_VERIFIER bytes. */
void note_verifier(const struct key *key, const char *origin, char text[NOTE_VERIFIER]);
void note_witness_verifier(const struct key *key, const char *name, char text[NOTE_VERIFIER]);

/* Checks a note against a verifier key: strict text, one good line of that key; lines of keys that are not known are passed
 * over, one of this key that is wrong, or two of them, is not. 0 with size and root, or -1. */
int note_verify(const char *verifier, const char *note, uint64_t *ret_size, unsigned char ret_root[TREE_HASH]);

/* The text alone, strictly parsed; no signature is looked at. 0, or -1. origin into NOTE_VERIFIER bytes. */
int note_parse(const char *note, char *ret_origin, uint64_t *ret_size, unsigned char ret_root[TREE_HASH]);

/* Cosigns a checkpoint, seconds since 1970: the bytes of its line, and the line added to a note of NOTE_MAX bytes (-1: no room). */
void note_cosign(const struct key *key, const char *name, const char *note, uint64_t time, unsigned char line[NOTE_COSIGNATURE]);
int note_add_line(char *note, const char *name, const unsigned char *line, size_t length);

/* Checks a witness's cosignature on a note against its verifier key (algorithm 0x04): 0 with its time, or -1. */
int note_verify_cosignature(const char *verifier, const char *note, uint64_t *ret_time);

#endif
