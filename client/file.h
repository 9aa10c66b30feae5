/* Whole files: read at once, written so that a crash leaves the old one or the new one. */
#ifndef CLIENT_FILE_H
#define CLIENT_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* The bytes of a file ("-": standard input) and a NUL; malloc'd. NULL with errno, EFBIG beyond max. */
char *file_read(const char *path, size_t max, size_t *ret_length);

/* Writes beside it, syncs, renames, syncs the directory. 0, or -1 with errno. */
int file_write(const char *path, const void *bytes, size_t length, mode_t mode);

/* Removes a file and syncs its directory. 0, or -1 with errno. */
int file_remove(const char *path);

/* Makes a directory and its parents, 0700. 0, or -1 with errno. */
int file_make_directory(const char *path);

#endif
