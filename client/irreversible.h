/* Operations that cannot be undone: who typed one is asked before anything is sent. */
#ifndef CLIENT_IRREVERSIBLE_H
#define CLIENT_IRREVERSIBLE_H

#include "client/client.h"
#include "wire/op.h"

/* EXIT_OK when it may go on: it can be undone, or --yes was given, or the person at the terminal wants it. EXIT_USAGE after
 * saying so when not. What destroys something wants a word typed, and is refused where nobody can be asked. */
int irreversible_ask(const struct client *client, const struct op *op);

#endif
