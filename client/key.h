/* The user's own key. */
#ifndef CLIENT_KEY_H
#define CLIENT_KEY_H

#include "client/client.h"
#include "wire/key.h"

#include <jansson.h>

/* The enrolment request: proves that whoever made it has the key. Compact JWS, malloc'd. */
char *key_enrolment(const struct key *key);

/* key rotate: a new key beside the old one, the command that replaces it, and only when its answer is known the new key in the
 * old one's place. Run again after a crash it goes on where it was. An exit code. */
int key_rotate(struct client *client, const json_t *input);

#endif
