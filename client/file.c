#include "client/file.h"

#include "wire/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *read_all(int fd, size_t max, size_t *ret_length)
{
	size_t room = 65536, length = 0;
	char *bytes = xmalloc(room);
	ssize_t got;

	while ((got = read(fd, bytes + length, room - length - 1)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got > 0)
			length += (size_t)got;
		if (got < 0 || length > max) {
			if (got > 0)
				errno = EFBIG;
			free(bytes);
			return NULL;
		}
		if (room - length < 2) {
			room *= 2;
			bytes = xrealloc(bytes, room);
		}
	}
	bytes[length] = '\0';
	*ret_length = length;
	return bytes;
}

char *file_read(const char *path, size_t max, size_t *ret_length)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	char *bytes;
	int error;

	if (fd < 0)
		return NULL;
	bytes = read_all(fd, max, ret_length);
	error = errno;
	close(fd);
	errno = error;
	return bytes;
}

static int write_all(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t put = write(fd, bytes, length);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		bytes += put;
		length -= (size_t)put;
	}
	return 0;
}

static int sync_directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *directory = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return -1;
	result = fsync(fd);
	close(fd);
	return result;
}

/* Writes a new file and syncs it; on failure it is gone again. */
static int write_new(const char *path, const void *bytes, size_t length, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	int error;

	if (fd < 0)
		return -1;
	if (write_all(fd, bytes, length) == 0 && fsync(fd) == 0 && close(fd) == 0)
		return 0;
	error = errno;
	close(fd);
	unlink(path);
	errno = error;
	return -1;
}

/* A pipe or a terminal cannot be replaced by a rename. */
static int write_stream(const char *path, const void *bytes, size_t length)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDOUT_FILENO) : open(path, O_WRONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return -1;
	fflush(stdout);
	result = write_all(fd, bytes, length);
	close(fd);
	return result;
}

int file_write(const char *path, const void *bytes, size_t length, mode_t mode)
{
	_cleanup_free_ char *beside = xasprintf("%s.new-%ld", path, (long)getpid());
	struct stat status;

	if (strcmp(path, "-") == 0 || (stat(path, &status) == 0 && !S_ISREG(status.st_mode)))
		return write_stream(path, bytes, length);
	if (write_new(beside, bytes, length, mode) < 0)
		return -1;
	if (rename(beside, path) < 0) {
		int error = errno;

		unlink(beside);
		errno = error;
		return -1;
	}
	return sync_directory_of(path);
}

int file_remove(const char *path)
{
	return unlink(path) < 0 ? -1 : sync_directory_of(path);
}

int file_make_directory(const char *path)
{
	_cleanup_free_ char *part = xstrdup(path);

	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return mkdir(part, 0700) < 0 && errno != EEXIST ? -1 : 0;
}
