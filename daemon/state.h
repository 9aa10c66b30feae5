/* The state directory: one lovebankd at a time works in it. */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

#include "daemon/config.h"

#include <stdbool.h>

/* Takes the directory's lock, which the kernel lets go when the process ends. Its descriptor, or -1 with *ret_error (malloc'd). */
int state_lock(const struct config *config, char **ret_error);

/* 0, or -1 with *ret_error when the ledger.json that stands there is of another ledger than the configuration's. */
int state_check_aud(const struct config *config, char **ret_error);

/* Replaces a file by rename: there always is a whole one, the old or the new. durable: it is on the disk before it gets its
 * name, and so is the name. 0, or -1 with errno. Safe on any thread, but not for the same path at once. */
int state_replace(const char *path, const char *text, bool durable);

/* Writes over a file of the same length, which starts no writing to the disk as a rename over it does (ext4); replaces any other, not
 * durably. A process that is killed leaves the old or the new text, a loss of power can leave a mixture. The same -1. */
int state_rewrite(const char *path, const char *text);

#endif
