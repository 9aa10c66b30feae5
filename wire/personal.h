/*
 * Personal values never stand in a signed payload. A personal field holds the commitment
 * base64url(SHA-256(salt || value)), salt 16 random bytes, value UTF-8; salt and value travel beside
 * the signature as {"name":"<field, JSON Pointer without the first slash>","salt":"<base64url>","value":"..."}.
 */
#ifndef WIRE_PERSONAL_H
#define WIRE_PERSONAL_H

#include <jansson.h>

struct field;
struct problem;

/* Client: replaces the plain values of personal fields in input by commitments with fresh salts.
 * Returns the array for the JWS, NULL if there was none. New reference. */
json_t *personal_hide(json_t *input, const struct field *fields);

/* Daemon: every personal field's commitment is opened exactly once and correctly, nothing else is.
 * Values are text of the field's min..max without control characters. 0, or -1 with *ret filled. personal may be NULL. */
int personal_check(const json_t *input, const json_t *personal, const struct field *fields, struct problem *ret);

#endif
