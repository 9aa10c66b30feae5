/*
 * Signed answers: the payload of a response, written in its canonical form from parts that are canonical already, and signed.
 * Thread-safe.
 */
#ifndef DAEMON_RESPONSE_H
#define DAEMON_RESPONSE_H

#include "daemon/seal.h"
#include "wire/key.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct response {
	const char *aud;
	const unsigned char *request; /* SHA-256 of what it answers */
	int status;
	struct head head;
	const json_t *problem; /* or NULL */
	const char *result;    /* canonical JSON, NULL with a problem */
	const char *receipt;   /* canonical JSON but for the line feeds of its proofs, or NULL */
	bool replay;
};

/* Flattened JWS, NUL-terminated, malloc'd. */
char *response_sign(const struct key *key, const struct response *response, size_t *ret_length);

#endif
