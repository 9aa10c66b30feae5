/* The daemon's keys; see keys.h. */
#include "daemon/keys.h"

#include "wire/base.h"
#include "wire/note.h"

#include <errno.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	size_t offset;
	struct key *(*make)(void);
} kinds[] = {
	{ "tls", offsetof(struct keys, tls), key_new_p256 },
	{ "answers", offsetof(struct keys, answers), key_new_p256 },
	{ "log", offsetof(struct keys, log), key_new_ed25519 },
	{ "jobs", offsetof(struct keys, jobs), key_new_p256 },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static char *path_of(const struct config *config, size_t kind)
{
	return xasprintf("%s/keys/%s.pem", config->state_dir, kinds[kind].name);
}

int keys_make(const struct config *config, char **ret_error)
{
	_cleanup_free_ char *folder = xasprintf("%s/keys", config->state_dir);

	if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
		*ret_error = xasprintf("%s: %s", folder, strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < KINDS; i++) {
		_cleanup_free_ char *path = path_of(config, i);
		struct key *key = kinds[i].make();
		int status = key_write(key, path);

		key_free(key);
		if (status != 0 && errno != EEXIST) {
			*ret_error = xasprintf("%s: %s", path, strerror(errno));
			return -1;
		}
	}
	return 0;
}

struct keys *keys_read(const struct config *config, char **ret_error)
{
	struct keys *keys = xcalloc(1, sizeof(*keys));

	for (size_t i = 0; i < KINDS; i++) {
		_cleanup_free_ char *path = path_of(config, i);
		struct key *key = key_read(path);

		if (!key) {
			*ret_error = xasprintf("%s: %s; was this ledger made with lovebankd init?", path, strerror(errno));
			return keys_free(keys);
		}
		*(struct key **)(void *)((char *)keys + kinds[i].offset) = key;
	}
	return keys;
}

struct keys *keys_free(struct keys *keys)
{
	for (size_t i = 0; keys && i < KINDS; i++)
		key_free(*(struct key **)(void *)((char *)keys + kinds[i].offset));
	free(keys);
	return NULL;
}

static json_t *public_part(const struct config *config, const struct keys *keys, const char *address)
{
	char pin[KEY_PIN_MAX], verifier[NOTE_MAX];

	key_pin(keys->tls, pin);
	note_verifier(keys->log, config->aud, verifier);
	return json_pack("{s:s,s:[{s:s,s:s}],s:o,s:s}", "aud", config->aud, "daemons", "address", address, "tls", pin, "answers",
			 key_jwk(keys->answers), "log", verifier);
}

int keys_publish(const struct config *config, const struct keys *keys, const char *address, char **ret_error)
{
	_cleanup_free_ char *path = xasprintf("%s/ledger.json", config->state_dir), *fresh = xasprintf("%s.new", path);
	json_t *content = public_part(config, keys, address);
	int status = json_dump_file(content, fresh, JSON_INDENT(2));

	json_decref(content);
	if (status == 0 && chmod(fresh, 0644) == 0 && rename(fresh, path) == 0)
		return 0;
	*ret_error = xasprintf("%s: %s", path, strerror(errno));
	return -1;
}
