/*
 * Strict JSON: the profile that all payloads keep.
 *
 * ASCII member names, no reals, no duplicate members, no NUL and no control characters in
 * strings, depth at most 16, integers of magnitude below 2^53, UTF-8. Canonical form is this
 * profile with sorted members and no white space, and then equals RFC 8785 (JCS).
 */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 16
#define JSON_INTEGER_MAX ((INT64_C(1) << 53) - 1)

/* Parses exactly one object of the profile, but that text may hold escaped control characters other than NUL: json_check()
 * refuses these by their field, so that whoever typed them learns where. NULL with *ret_reason (static text) set otherwise.
 * The caller owns the result. */
json_t *json_parse(const void *bytes, size_t length, const char **ret_reason);

/* Canonical bytes, NUL-terminated, malloc'd; *ret_length may be NULL. Aborts when value breaks the profile. */
char *json_canonical(const json_t *value, size_t *ret_length);

/* Checks op input against its fields: unknown, missing, ill-typed, out of range, choice, control characters.
 * Values of personal fields must be commitments (FIELD_HASH shape). 0, or -1 with *ret filled.
 * "envelope" members (aud, htm, htu, iat, exp, jti) must have been removed before. */
struct field;
struct problem;
int json_check(const json_t *input, const struct field *fields, struct problem *ret);

/* The same for the payload of a signed request, which has the envelope's members beside the input's. */
int json_check_payload(const json_t *payload, const struct field *fields, struct problem *ret);

/* The same for query parameters: makes an object from decoded name/value text, by the field's type.
 * 0 and a new object, or -1 with *ret filled. query is what follows '?', may be NULL. */
int json_from_query(const char *query, size_t length, const struct field *fields, json_t **ret_input, struct problem *ret);

/* One value of a field from its text as in a query ("120", "true", ...): NULL if it is ill-typed. New reference. */
json_t *json_from_text(const struct field *field, const char *text);

#endif
