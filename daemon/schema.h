/*
 * The database's schema, applied with psql: migrations that are not there yet, then all functions anew, in one
 * transaction. Blocking; for init and upgrade only.
 */
#ifndef DAEMON_SCHEMA_H
#define DAEMON_SCHEMA_H

#include "daemon/config.h"

#include <stdbool.h>

/* Makes the roles lovebank_owner and lovebankd and, in a cluster of our own, the database. owner: conninfo of a superuser.
 * 0, or -1 with *ret_error (malloc'd). */
int schema_prepare(const struct config *config, const char *owner, bool make_database, char **ret_error);
int schema_apply(const struct config *config, const char *owner, char **ret_error);

#endif
