/*
 * A copy of the public log in a folder, as C2SP tlog-tiles lays it out: checkpoint, tile/L/N. Static files for any web server.
 *
 * Every tile is tied to the signed checkpoint before it is written, those from before too; the checkpoint comes last, by rename,
 * so that who reads the folder meanwhile always finds the tiles of the checkpoint that it has.
 */
#ifndef CLIENT_LOG_MIRROR_H
#define CLIENT_LOG_MIRROR_H

#include "client/client.h"
#include "client/public_log.h"

/* Makes the folder, or goes on with it. EXIT_OK, or the exit code after saying why; EXIT_UNVERIFIED when the log does not go on
 * from what the folder has, which then stays as it was. */
int log_mirror(struct client *client, struct public_log *log, const char *folder);

#endif
