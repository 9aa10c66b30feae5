/* What travels to SQL beside a command's payload: opened personal values and verified proofs of possession. */
#ifndef DAEMON_ASIDE_H
#define DAEMON_ASIDE_H

#include "wire/op.h"

#include <jansson.h>

/* {"personal": {commitment: {"salt", "value"}}, "proof": {"kid", "jwk"}} as text, malloc'd; NULL when there is neither.
 * input and personal have been checked. */
char *aside_make(const json_t *input, const json_t *personal, const struct field *fields);

#endif
