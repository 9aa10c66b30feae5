/*
 * The envelope of a signed request: aud, htm, htu, iat, exp and jti beside the operation's input.
 * Their shapes are checked here; whether the time is right is decided in SQL, after the look-up of jti.
 */
#ifndef DAEMON_ENVELOPE_H
#define DAEMON_ENVELOPE_H

#include "wire/jti.h"
#include "wire/op.h"
#include "wire/problem.h"

#include <jansson.h>
#include <stdint.h>

#define ENVELOPE_LIFETIME_MAX 300 /* seconds from iat to exp */

struct envelope {
	int64_t iat, exp; /* seconds since 1970 */
	unsigned char jti[JTI_BYTES];
};

/* Takes the six members out of content. 0, or -1 with *ret filled. */
int envelope_take(json_t *content, const char *aud, const struct op *op, struct envelope *ret_envelope, struct problem *ret);

#endif
