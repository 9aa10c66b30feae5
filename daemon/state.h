/* The state directory: one lovebankd at a time works in it. */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

#include "daemon/config.h"

/* Takes the directory's lock, which the kernel lets go when the process ends. Its descriptor, or -1 with *ret_error (malloc'd). */
int state_lock(const struct config *config, char **ret_error);

/* 0, or -1 with *ret_error when the ledger.json that stands there is of another ledger than the configuration's. */
int state_check_aud(const struct config *config, char **ret_error);

#endif
