/*
 * Canonical JSON (wire/json.h) read in one pass that also proves that it is canonical: bytes that it takes are the ones that
 * json_canonical() would write for the value. What it is not sure of it leaves to the slow way.
 */
#ifndef AUDIT_CANONICAL_H
#define AUDIT_CANONICAL_H

#include <jansson.h>
#include <stddef.h>

/* An object, new reference. NULL with *ret_fault (static text): "not JSON" and the like, or CANONICAL_NOT when it is JSON of
 * the profile in another form; then *ret_other (may be NULL) gets the value all the same. Safe on any thread. */
#define CANONICAL_NOT "not in the canonical form"
json_t *canonical_read(const char *bytes, size_t length, const char **ret_fault, json_t **ret_other);

#endif
