#include "client/outbox.h"

#include "client/file.h"
#include "client/home.h"
#include "wire/base.h"
#include "wire/clock.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".json"

char *outbox_path(const char *home, const char *name)
{
	return xasprintf("%s/outbox/%s", home, name);
}

/* "20250308T010000-<jti>.json" */
static char *file_name(const char *jti)
{
	char text[CLOCK_TEXT];

	clock_text(clock_now(), text);
	return xasprintf("%.4s%.2s%.2sT%.2s%.2s%.2s-%s" SUFFIX, text, text + 5, text + 8, text + 11, text + 14, text + 17, jti);
}

char *outbox_put(const char *home, const char *jti, const char *bytes, size_t length)
{
	_cleanup_free_ char *directory = home_path(home, "outbox");
	_cleanup_free_ char *name = file_name(jti);
	char *path;

	if (file_make_directory(directory) < 0)
		return NULL;
	path = outbox_path(home, name);
	if (file_write(path, bytes, length, 0600) == 0)
		return path;
	free(path);
	return NULL;
}

static int is_command(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > strlen(SUFFIX) && strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) == 0;
}

json_t *outbox_names(const char *home)
{
	_cleanup_free_ char *directory = home_path(home, "outbox");
	json_t *names = json_array();
	struct dirent **entries;
	int count = scandir(directory, &entries, is_command, alphasort);

	for (int i = 0; i < count; i++) {
		json_array_append_new(names, json_string(entries[i]->d_name));
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return names;
}
