/*
 * The user's directory: key.pem (0600), ledger.json, outbox/, ledgers/<aud>/receipts/.
 */
#ifndef CLIENT_HOME_H
#define CLIENT_HOME_H

#include "client/ledger.h"
#include "wire/key.h"

#include <jansson.h>
#include <stddef.h>

/* --home, $LOVEBANK_HOME, or ~/.config/lovebank; malloc'd. NULL when there is no home. */
char *home_directory(const char *flag);

char *home_path(const char *directory, const char *name); /* malloc'd */

/* The folder of what is kept of a ledger, "DIRECTORY/ledgers/<aud>/NAME"; what a file name cannot hold of aud is percent-encoded. malloc'd. */
char *home_ledger_path(const char *directory, const char *aud, const char *name);

/* NULL after saying what is missing and what to do. */
struct key *home_key(const char *directory);
struct ledger *home_ledger(const char *directory);

/* ledger.json of another place; the same. */
struct ledger *home_ledger_file(const char *path);

#endif
