/* The state directory; see state.h. */
#include "daemon/state.h"

#include "wire/base.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int state_lock(const struct config *config, char **ret_error)
{
	_cleanup_free_ char *path = xasprintf("%s/lock", config->state_dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0 && errno == EWOULDBLOCK)
		*ret_error = xasprintf("another lovebankd works in %s; a second daemon of a ledger needs a state_dir of its own", config->state_dir);
	else
		*ret_error = xasprintf("%s: %s; was this ledger made with lovebankd init?", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

int state_check_aud(const struct config *config, char **ret_error)
{
	_cleanup_free_ char *path = xasprintf("%s/ledger.json", config->state_dir);
	json_t *known = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	const char *aud = json_string_value(json_object_get(known, "aud"));
	int status = aud && strcmp(aud, config->aud) != 0 ? -1 : 0;

	if (status != 0)
		*ret_error = xasprintf("%s keeps the ledger %s, the configuration names %s (aud)", config->state_dir, aud, config->aud);
	json_decref(known);
	return status;
}

static int write_file(const char *path, const char *text, bool durable)
{
	FILE *file = fopen(path, "we");
	int status;

	if (!file)
		return -1;
	status = fputs(text, file) >= 0 && fflush(file) == 0 && (!durable || fdatasync(fileno(file)) == 0) ? 0 : -1;
	return fclose(file) == 0 ? status : -1;
}

static int sync_folder_of(const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status = fd >= 0 ? fsync(fd) : -1;

	if (fd >= 0)
		close(fd);
	return status;
}

int state_rewrite(const char *path, const char *text)
{
	size_t length = strlen(text);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct stat there;
	bool done = fd >= 0 && fstat(fd, &there) == 0 && there.st_size == (off_t)length && pwrite(fd, text, length, 0) == (ssize_t)length;

	if (fd >= 0)
		close(fd);
	return done ? 0 : state_replace(path, text, false);
}

int state_replace(const char *path, const char *text, bool durable)
{
	_cleanup_free_ char *fresh = xasprintf("%s.new", path);

	if (write_file(fresh, text, durable) != 0 || rename(fresh, path) != 0)
		return -1;
	return durable ? sync_folder_of(path) : 0;
}
