/* The whole book as an hledger journal, from the pages of ledger journal. */
#ifndef CLIENT_JOURNAL_H
#define CLIENT_JOURNAL_H

#include "client/client.h"

#include <stdio.h>

/* EXIT_OK, or the exit code after saying why. */
int journal_write(struct client *client, FILE *out);

#endif
