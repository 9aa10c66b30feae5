/*
 * Signed JSON: flattened JWS (RFC 7515 section 7.2.2), ES256 only.
 *
 * {"protected":"...","payload":"...","signature":"..."} and, on some requests, "personal".
 * Anything else is refused: other members, other algorithms, "crit", "b64", unknown header members.
 * The compact string protected.payload.signature is what gets hashed (SHA-256) and stored.
 */
#ifndef WIRE_JWS_H
#define WIRE_JWS_H

#include "key.h"

#include <jansson.h>
#include <stddef.h>

#define JWS_REQUEST "lovebank-request+jws"
#define JWS_RESPONSE "lovebank-response+jws"
#define JWS_ENROL "lovebank-enrol+jws"

struct jws {
	char *compact; /* NUL-terminated */
	size_t compact_length, signing_length; /* compact is signed up to signing_length */
	unsigned char *protected, *payload; /* decoded bytes */
	size_t protected_length, payload_length;
	unsigned char signature[ES256_SIGNATURE];
	unsigned char hash[32]; /* SHA-256 of the compact string */
	char kid[KID_LENGTH + 1];
	const char *typ; /* one of JWS_... */
	json_t *content; /* the payload, parsed by json_parse() */
	json_t *personal; /* array or NULL */
	json_t *jwk;     /* JWS_ENROL only: the key in the protected header */
};

/* Signs canonical payload; a new jws. personal (may be NULL) is referenced, not signed. jwk is put in the header for JWS_ENROL. */
struct jws *jws_sign(const struct key *key, const char *typ, json_t *content, json_t *personal);

/* Parses flattened JSON, or the compact string, without checking the signature. NULL with *ret_reason (static text). */
struct jws *jws_parse(const void *bytes, size_t length, const char **ret_reason);
struct jws *jws_parse_compact(const char *text, size_t length, const char **ret_reason);

/* 0 if the signature is the key's and kid is the key's thumbprint; -1 otherwise. Safe on any thread. */
int jws_verify(const struct jws *jws, const struct key *key);

/* An enrolment request: its own jwk verifies it, its typ is JWS_ENROL. The key, or NULL with *ret_reason. */
struct key *jws_verify_enrolment(const struct jws *jws, const char **ret_reason);

/* Flattened JSON text, NUL-terminated, malloc'd. */
char *jws_text(const struct jws *jws, size_t *ret_length);

struct jws *jws_free(struct jws *jws); /* accepts NULL, returns NULL */

#endif
