/*
 * The user's directory: key.pem (0600), ledger.json, outbox/.
 *
 * ledger.json says which ledger this is, where its daemons are and by which keys to know it:
 * {"aud":..,"daemons":[{"address":"127.0.0.1:7443","tls":"sha256//.."}],"answers":{JWK},"log":"<verifier key>"}
 */
#ifndef CLIENT_HOME_H
#define CLIENT_HOME_H

#include "wire/key.h"

#include <jansson.h>
#include <stddef.h>

struct ledger {
	json_t *document; /* owns what the others point to */
	const char *aud, *log;
	const json_t *daemons; /* at least one */
	struct key *answers;
};

/* --home, $LOVEBANK_HOME, or ~/.config/lovebank; malloc'd. NULL when there is no home. */
char *home_directory(const char *flag);
char *home_path(const char *directory, const char *name); /* malloc'd */

/* NULL after saying what is missing and what to do. */
struct key *home_key(const char *directory);
struct ledger *home_ledger(const char *directory);

/* Parses the bytes of a ledger.json; NULL with *ret_reason (static text). */
struct ledger *ledger_parse(const char *bytes, size_t length, const char **ret_reason);
struct ledger *ledger_free(struct ledger *ledger);

#endif
