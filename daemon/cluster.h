/*
 * The embedded PostgreSQL: a cluster of the daemon's own in its state directory. Socket only, peer authentication,
 * checksums and fsync on. The daemon starts it, starts it again when it dies, and stops it when it ends; when the
 * daemon is killed the kernel tells the postmaster to stop. It never touches another cluster.
 */
#ifndef DAEMON_CLUSTER_H
#define DAEMON_CLUSTER_H

#include "daemon/config.h"

#include <event2/event.h>

struct cluster;

/* Where the embedded cluster of a state directory listens, as conninfos; malloc'd. */
char *cluster_conninfo(const struct config *config);       /* role lovebankd */
char *cluster_owner_conninfo(const struct config *config); /* its superuser */

bool cluster_exists(const struct config *config);

/* Makes the cluster. 0, or -1 with a message in *ret_error (malloc'd). */
int cluster_create(const struct config *config, char **ret_error);

/* Starts and supervises it. NULL with *ret_error. Takes SIGCHLD. */
struct cluster *cluster_start(struct event_base *base, const struct config *config, char **ret_error);

/* Waits (blocking, before the loop runs) until it answers: 0, or -1 after seconds. */
int cluster_wait(const struct config *config, unsigned seconds);

/* Fast shutdown; waits for its end. */
struct cluster *cluster_stop(struct cluster *cluster);

#endif
