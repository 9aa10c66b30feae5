/* The daemon's keys; see keys.h. */
#include "daemon/keys.h"

#include "wire/base.h"
#include "wire/json.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	struct key *(*make)(void);
} uses[KEY_USES] = {
	[KEY_ANSWERS] = { "answers", key_new_p256 },
	[KEY_LOG] = { "log", key_new_ed25519 },
	[KEY_TLS] = { "tls", key_new_p256 },
	[KEY_JOBS] = { "jobs", key_new_p256 },
};

const char *keys_use_name(enum key_use use)
{
	return uses[use].name;
}

/* KEY_USES if there is none of that name. */
static enum key_use use_find(const char *name, size_t length)
{
	enum key_use use = 0;

	while (use < KEY_USES && (strlen(uses[use].name) != length || memcmp(uses[use].name, name, length) != 0))
		use++;
	return use;
}

/* -------------------------------------------------------------- one key */

static void name_log_key(struct key_file *file, const char *origin)
{
	unsigned char id[NOTE_ID];

	file->public = xmalloc(NOTE_VERIFIER);
	note_verifier(file->key, origin, file->public);
	note_id(file->key, origin, id);
	for (int i = 0; i < NOTE_ID; i++)
		snprintf(file->id + 2 * i, 3, "%02x", id[i]);
}

static void name_p256_key(struct key_file *file)
{
	json_t *jwk = key_jwk(file->key);

	file->public = json_canonical(jwk, NULL);
	json_decref(jwk);
	memcpy(file->id, file->key->kid, sizeof(file->id));
}

/* Takes key over. */
static struct key_file key_file_of(enum key_use use, struct key *key, const char *origin)
{
	struct key_file file = { .use = use, .key = key };

	if (use == KEY_LOG)
		name_log_key(&file, origin);
	else
		name_p256_key(&file);
	return file;
}

static void key_file_clear(struct key_file *file)
{
	key_free(file->key);
	free(file->public);
}

/* A key that root makes for a daemon of another user must be readable to it: it gets the folder's owner. */
static int give_to_owner(const char *path, const char *folder)
{
	struct stat owner;

	if (geteuid() != 0)
		return 0;
	return stat(folder, &owner) == 0 ? chown(path, owner.st_uid, owner.st_gid) : -1;
}

static int write_key(const struct key *key, const char *path, const char *folder, char **ret_error)
{
	if (key_write(key, path) == 0 && give_to_owner(path, folder) == 0)
		return 0;
	*ret_error = xasprintf("%s: %s", path, strerror(errno));
	return -1;
}

static char *folder_of(const struct config *config)
{
	return xasprintf("%s/keys", config->state_dir);
}

int keys_make(const struct config *config, char **ret_error)
{
	_cleanup_free_ char *folder = folder_of(config);

	if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
		*ret_error = xasprintf("%s: %s", folder, strerror(errno));
		return -1;
	}
	for (enum key_use use = 0; use < KEY_USES; use++) {
		_cleanup_free_ char *path = xasprintf("%s/%s.pem", folder, uses[use].name);
		struct key *key = access(path, F_OK) == 0 ? NULL : uses[use].make();
		int status = key ? write_key(key, path, folder, ret_error) : 0;

		key_free(key);
		if (status != 0)
			return -1;
	}
	return 0;
}

int keys_add(const struct config *config, const char *name, char **ret_public, char **ret_error)
{
	enum key_use use = use_find(name, strlen(name));
	_cleanup_free_ char *folder = folder_of(config), *path = NULL;
	struct key_file file;
	int status;

	if (use == KEY_USES || use == KEY_JOBS) {
		*ret_error = xasprintf("--use is answers, log or tls, not '%s'", name);
		return -1;
	}
	file = key_file_of(use, uses[use].make(), config->aud);
	path = xasprintf("%s/%s-%s.pem", folder, name, file.id);
	status = write_key(file.key, path, folder, ret_error);
	if (status == 0)
		*ret_public = xstrdup(file.public);
	key_file_clear(&file);
	return status;
}

/* -------------------------------------------------------------- the folder */

/* "answers.pem", "log-1a2b3c4d.pem": the use, and where the id begins (NULL: the file of init). KEY_USES: none of ours. */
static enum key_use parse_name(const char *name, const char **ret_id, size_t *ret_id_length)
{
	size_t length = strlen(name), use_length = strcspn(name, "-.");
	enum key_use use;

	if (length < 4 || strcmp(name + length - 4, ".pem") != 0)
		return KEY_USES;
	use = use_find(name, use_length);
	*ret_id = name[use_length] == '-' ? name + use_length + 1 : NULL;
	*ret_id_length = *ret_id ? length - 4 - use_length - 1 : 0;
	return !*ret_id && use_length != length - 4 ? KEY_USES : use;
}

static struct key_file *same_key(const struct keys *keys, const struct key_file *file)
{
	for (size_t i = 0; i < keys->count; i++)
		if (keys->files[i].use == file->use && strcmp(keys->files[i].id, file->id) == 0)
			return &keys->files[i];
	return NULL;
}

/* Takes file over. A key may stand in two files. */
static void add_file(struct keys *keys, struct key_file *file)
{
	struct key_file *same = same_key(keys, file);

	if (same) {
		same->first = same->first || file->first;
		key_file_clear(file);
		return;
	}
	keys->files = xrealloc(keys->files, (keys->count + 1) * sizeof(*keys->files));
	keys->files[keys->count++] = *file;
}

static int read_one(struct keys *keys, const char *folder, const char *name, char **ret_error)
{
	const char *id;
	size_t id_length;
	enum key_use use = parse_name(name, &id, &id_length);
	_cleanup_free_ char *path = xasprintf("%s/%s", folder, name);
	struct key_file file;
	struct key *key;

	if (use == KEY_USES)
		return 0;
	key = key_read(path);
	if (!key) {
		*ret_error = xasprintf("%s: %s", path, strerror(errno));
		return -1;
	}
	if ((use == KEY_LOG) != (key->kid[0] == '\0')) {
		key_free(key);
		*ret_error = xasprintf("%s is not a key for %s", path, uses[use].name);
		return -1;
	}
	file = key_file_of(use, key, keys->config->aud);
	file.first = !id;
	if (id && (strlen(file.id) != id_length || memcmp(file.id, id, id_length) != 0)) {
		*ret_error = xasprintf("%s holds another key than its name says: %s", path, file.id);
		key_file_clear(&file);
		return -1;
	}
	add_file(keys, &file);
	return 0;
}

/* Adds what is in the folder and not known yet. */
static int read_folder(struct keys *keys, char **ret_error)
{
	_cleanup_free_ char *folder = folder_of(keys->config);
	struct dirent **names;
	int count = scandir(folder, &names, NULL, alphasort), status = 0;

	if (count < 0) {
		*ret_error = xasprintf("%s: %s; was this ledger made with lovebankd init?", folder, strerror(errno));
		return -1;
	}
	for (int i = 0; i < count; i++) {
		if (status == 0)
			status = read_one(keys, folder, names[i]->d_name, ret_error);
		free(names[i]);
	}
	free(names);
	return status;
}

struct keys *keys_read(const struct config *config, char **ret_error)
{
	struct keys *keys = xcalloc(1, sizeof(*keys));
	bool there[KEY_USES] = { false };

	keys->config = config;
	if (read_folder(keys, ret_error) != 0)
		return keys_free(keys);
	for (size_t i = 0; i < keys->count; i++)
		there[keys->files[i].use] = true;
	for (enum key_use use = 0; use < KEY_JOBS; use++) {
		if (there[use])
			continue;
		*ret_error = xasprintf("%s/keys has no key for %s; was this ledger made with lovebankd init?", config->state_dir, uses[use].name);
		return keys_free(keys);
	}
	return keys;
}

struct keys *keys_free(struct keys *keys)
{
	for (size_t i = 0; keys && i < keys->count; i++)
		key_file_clear(&keys->files[i]);
	if (keys) {
		free(keys->files);
		json_decref(keys->rows);
	}
	free(keys);
	return NULL;
}

/* -------------------------------------------------------------- which are in force */

json_t *keys_rows(const struct db_result *result)
{
	json_t *rows = json_array();

	for (int i = 0; i < db_result_rows(result); i++) {
		const char *made = db_result_text(result, i, 3, NULL), *ended = db_result_text(result, i, 4, NULL);

		json_array_append_new(rows, json_pack("{s:s,s:s,s:s,s:I,s:o*}", "use", db_result_text(result, i, 0, NULL), "kid",
						      db_result_text(result, i, 1, NULL), "text", db_result_text(result, i, 2, NULL), "made",
						      (json_int_t)strtoll(made ? made : "0", NULL, 10), "ended",
						      ended ? json_integer(strtoll(ended, NULL, 10)) : NULL));
	}
	return rows;
}

/* A choice that is made whole before any of it counts. */
struct choice_of_keys {
	const struct key *keys[KEYS_LOG_MAX]; /* in force and here, oldest first */
	unsigned count;
	bool registered;     /* there is a row of this use */
	const char *wanting; /* the first that is in force and has no file */
};

static const struct key *file_find(const struct keys *keys, enum key_use use, const char *id)
{
	for (size_t i = 0; i < keys->count; i++)
		if (keys->files[i].use == use && (id ? strcmp(keys->files[i].id, id) == 0 : keys->files[i].first))
			return keys->files[i].key;
	return NULL;
}

static struct choice_of_keys choose(const struct keys *keys, const json_t *rows, enum key_use use)
{
	struct choice_of_keys choice = { .count = 0 };
	size_t i;
	const json_t *row;

	json_array_foreach(rows, i, row) {
		const char *kid = json_string_value(json_object_get(row, "kid"));
		const struct key *key;

		if (strcmp(json_string_value(json_object_get(row, "use")), uses[use].name) != 0)
			continue;
		choice.registered = true;
		if (json_object_get(row, "ended"))
			continue;
		key = file_find(keys, use, kid);
		if (key && choice.count < KEYS_LOG_MAX)
			choice.keys[choice.count++] = key;
		else if (!key && !choice.wanting)
			choice.wanting = kid;
	}
	if (!choice.registered)
		choice.keys[0] = file_find(keys, use, NULL);
	if (!choice.registered && choice.keys[0])
		choice.count = 1;
	return choice;
}

static uint64_t count_changes(const json_t *rows)
{
	uint64_t changes = json_array_size(rows);
	size_t i;
	const json_t *row;

	json_array_foreach(rows, i, row)
		changes += json_object_get(row, "ended") ? 1 : 0;
	return changes;
}

static bool is_wanting(struct choice_of_keys *choices, struct keys *keys, const json_t *rows)
{
	bool wanting = false;

	for (enum key_use use = 0; use < KEY_JOBS; use++) {
		choices[use] = choose(keys, rows, use);
		wanting = wanting || choices[use].wanting;
	}
	return wanting;
}

static void look_again(struct keys *keys)
{
	char *error;

	if (read_folder(keys, &error) == 0)
		return;
	fprintf(stderr, "lovebankd: %s\n", error);
	free(error);
}

static void find_first_log_id(struct keys *keys)
{
	unsigned char *id = keys->first_log_id;
	size_t i;
	const json_t *row;

	note_id(keys->log[0], keys->config->aud, id);
	json_array_foreach(keys->rows, i, row) {
		unsigned number;

		if (strcmp(json_string_value(json_object_get(row, "use")), uses[KEY_LOG].name) != 0 ||
		    sscanf(json_string_value(json_object_get(row, "kid")), "%8x", &number) != 1)
			continue;
		for (int byte = 0; byte < NOTE_ID; byte++)
			id[byte] = (unsigned char)(number >> (24 - 8 * byte));
		return;
	}
}

int keys_choose(struct keys *keys, json_t *rows, char **ret_error)
{
	struct choice_of_keys choices[KEY_JOBS];

	if (is_wanting(choices, keys, rows)) {
		look_again(keys);
		is_wanting(choices, keys, rows);
	}
	for (enum key_use use = 0; use < KEY_JOBS; use++) {
		if (choices[use].count == 0) {
			*ret_error = xasprintf("%s/keys has no file of a key in force for %s (%s); bring it from where its copy is kept", keys->config->state_dir,
					       uses[use].name, choices[use].wanting ? choices[use].wanting : "that of init");
			json_decref(rows);
			return -1;
		}
		if (choices[use].wanting && !json_equal(rows, keys->rows))
			fprintf(stderr, "lovebankd: the key %s is in force for %s and has no file here; others are used\n", choices[use].wanting, uses[use].name);
	}
	keys->answers = choices[KEY_ANSWERS].keys[0];
	keys->tls = choices[KEY_TLS].keys[0];
	keys->logs = choices[KEY_LOG].count;
	memcpy(keys->log, choices[KEY_LOG].keys, sizeof(keys->log));
	json_decref(keys->rows);
	keys->rows = rows;
	keys->changes = count_changes(rows);
	find_first_log_id(keys);
	return 0;
}

/* -------------------------------------------------------------- ledger.json */

const struct key *keys_first_tls(const struct keys *keys)
{
	_cleanup_free_ char *path = xasprintf("%s/ledger.json", keys->config->state_dir);
	json_t *known = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	const char *last = json_string_value(json_object_get(json_array_get(json_object_get(known, "daemons"), 0), "tls"));
	const struct key *found = file_find(keys, KEY_TLS, NULL);

	for (size_t i = 0; i < keys->count; i++) {
		char pin[KEY_PIN_MAX];

		if (keys->files[i].use != KEY_TLS)
			continue;
		key_pin(keys->files[i].key, pin);
		if (!found || (last && strcmp(pin, last) == 0))
			found = keys->files[i].key;
	}
	json_decref(known);
	return found;
}

static json_t *pin_of(const struct key *key)
{
	char pin[KEY_PIN_MAX];

	key_pin(key, pin);
	return json_string(pin);
}

/* The public texts of the keys in force for a use, oldest first; with more than one. */
static void add_all(json_t *content, const char *member, const struct keys *keys, enum key_use use)
{
	json_t *all = json_array();
	size_t i;
	const json_t *row;

	json_array_foreach(keys->rows, i, row) {
		json_t *text = json_object_get(row, "text");

		if (strcmp(json_string_value(json_object_get(row, "use")), uses[use].name) != 0 || json_object_get(row, "ended"))
			continue;
		json_array_append_new(all, use == KEY_LOG ? json_incref(text) : json_loads(json_string_value(text), JSON_REJECT_DUPLICATES, NULL));
	}
	if (json_array_size(all) > 1)
		json_object_set(content, member, all);
	json_decref(all);
}

static json_t *public_part(const struct keys *keys, const char *address)
{
	struct choice_of_keys tls = choose(keys, keys->rows, KEY_TLS);
	json_t *daemon = json_pack("{s:s,s:o}", "address", address, "tls", pin_of(keys->tls)), *more = json_array(), *content;
	char verifier[NOTE_VERIFIER];

	for (unsigned i = 1; i < tls.count; i++)
		json_array_append_new(more, pin_of(tls.keys[i]));
	if (json_array_size(more) > 0)
		json_object_set(daemon, "tls_more", more);
	json_decref(more);
	note_verifier(keys->log[0], keys->config->aud, verifier);
	content = json_pack("{s:s,s:[o],s:o,s:s}", "aud", keys->config->aud, "daemons", daemon, "answers", key_jwk(keys->answers), "log", verifier);
	add_all(content, "answers_keys", keys, KEY_ANSWERS);
	add_all(content, "log_keys", keys, KEY_LOG);
	if (keys->changes == json_array_size(keys->rows)) /* none has ended: these are all, and nobody need ask for more */
		json_object_set_new(content, "keys", json_integer((json_int_t)keys->changes));
	return content;
}

int keys_publish(const struct keys *keys, const char *address, char **ret_error)
{
	_cleanup_free_ char *path = xasprintf("%s/ledger.json", keys->config->state_dir), *fresh = xasprintf("%s.new", path);
	json_t *content = public_part(keys, address);
	int status = json_dump_file(content, fresh, JSON_INDENT(2));

	json_decref(content);
	if (status == 0 && chmod(fresh, 0644) == 0 && rename(fresh, path) == 0)
		return 0;
	*ret_error = xasprintf("%s: %s", path, strerror(errno));
	return -1;
}
