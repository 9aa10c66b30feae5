/* The public log of the joined ledger, opened for reading, and its newest checkpoint under the keys that the log itself proves. */
#ifndef CLIENT_LOG_OPEN_H
#define CLIENT_LOG_OPEN_H

#include "client/client.h"
#include "client/public_log.h"

struct log_checkpoint {
	char note[NOTE_MAX];
	struct public_log_point point;
};

/* Reads ledger.json (into client->ledger) and opens its log: at url ("https://host:port"), if it is given, by the pins of all daemons
 * that are known; or in folder; else at the daemons. Needs no key of the user's. EXIT_OK, or the exit code after saying why. */
int log_open(struct client *client, const char *url, const char *folder, struct public_log *ret);

/* The newest checkpoint; learns new keys of the ledger for it. EXIT_OK; EXIT_UNKNOWN or EXIT_UNVERIFIED with log->error, unsaid. */
int log_newest(struct client *client, struct public_log *log, struct log_checkpoint *ret);

/* The same, after saying why not. And the saying alone. */
int log_newest_or_say(struct client *client, struct public_log *log, struct log_checkpoint *ret);
int log_say(const struct public_log *log, int code);

#endif
