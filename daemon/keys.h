/* The daemon's four keys, in state_dir/keys: TLS, answers, log (Ed25519), jobs. And what clients need to know of them. */
#ifndef DAEMON_KEYS_H
#define DAEMON_KEYS_H

#include "daemon/config.h"
#include "wire/key.h"

struct keys {
	struct key *tls, *answers, *log, *jobs;
};

/* Makes those that are not there yet. 0, or -1 with *ret_error (malloc'd). */
int keys_make(const struct config *config, char **ret_error);
struct keys *keys_read(const struct config *config, char **ret_error);
struct keys *keys_free(struct keys *keys);

/* Writes state_dir/ledger.json, which clients take over when they join: name, address, pins. 0, or -1 with *ret_error. */
int keys_publish(const struct config *config, const struct keys *keys, const char *address, char **ret_error);

#endif
