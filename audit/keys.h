/*
 * keys.json of a bundle, made from the leaves: every key that was ever registered, of people and of the ledger itself, with the
 * index of the leaf that registered it and of the one that ended it, and the roles it had. Memory: one item a key.
 */
#ifndef AUDIT_KEYS_H
#define AUDIT_KEYS_H

#include "audit/names.h"

#include <jansson.h>
#include <stdint.h>

struct keys;

/* names is used as long as it lives. */
struct keys *keys_new(const struct names *names);
struct keys *keys_free(struct keys *keys); /* accepts NULL, returns NULL */

/* Takes over a leaf's row images, in log order, after names learned them; NULL: it has none. */
void keys_add(struct keys *keys, int64_t index, const json_t *rows);

/* {"ledger": [{"use", "kid", "public", "added", "ended"}], "operators": [{"operator", "person", "kid", "jwk", "enrolled",
 * "revoked", "roles": [{"role", "node", "granted", "revoked"}]}]}; what is in force has null. Borrowed. */
const json_t *keys_json(const struct keys *keys);

/* The JWK of a key of a use of the ledger that was in force for the log of that size, NULL if there is none. New reference. */
json_t *keys_in_force(const struct keys *keys, const char *use, const char *kid, int64_t size);

/* Calls fn with each P-256 key of an operator or of the answers, and its SPKI as PEM. */
void keys_each_pem(const struct keys *keys, void (*fn)(void *arg, const char *kid, const char *pem), void *arg);

/* Calls fn with each key of the ledger itself, in order of the log. */
void keys_each_own(const struct keys *keys, void (*fn)(void *arg, const char *use, const char *text), void *arg);

#endif
