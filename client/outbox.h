/*
 * Commands on their way: the exact bytes of each, personal part included, kept until a signed answer came.
 * One file a command, 0600, synced, named by time and jti. Sending again sends the same bytes, so it is done once at most.
 */
#ifndef CLIENT_OUTBOX_H
#define CLIENT_OUTBOX_H

#include <jansson.h>
#include <stddef.h>

/* The new file's path, malloc'd; NULL with errno. */
char *outbox_put(const char *home, const char *jti, const char *bytes, size_t length);

/* Names of what is kept, oldest first; a new array (empty when there is no outbox). */
json_t *outbox_names(const char *home);

/* The path of a name, malloc'd. */
char *outbox_path(const char *home, const char *name);

#endif
