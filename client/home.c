#include "client/home.h"

#include "client/file.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LEDGER_MAX 65536

char *home_directory(const char *flag)
{
	const char *own = getenv("LOVEBANK_HOME"), *user = getenv("HOME");

	if (flag)
		return xstrdup(flag);
	if (own && *own)
		return xstrdup(own);
	return user && *user ? xasprintf("%s/.config/lovebank", user) : NULL;
}

char *home_path(const char *directory, const char *name)
{
	return xasprintf("%s/%s", directory, name);
}

/* A key that others of this machine can read is not one's own any more. */
static bool is_private(const char *path)
{
	struct stat status;

	return stat(path, &status) < 0 || !(status.st_mode & (S_IRWXG | S_IRWXO));
}

struct key *home_key(const char *directory)
{
	_cleanup_free_ char *path = home_path(directory, "key.pem");
	struct key *key = NULL;

	if (!is_private(path)) {
		say_error(_("%s can be read by others of this machine; it is not used. Run: chmod 600 %s"), path, path);
		say_note(_("  If others may have copied it, make a new key and have this one revoked."));
		return NULL;
	}
	key = key_read(path);
	if (key && *key->kid)
		return key;
	key_free(key);
	if (!key && errno == ENOENT)
		say_error(_("there is no key in %s. Make one with 'lovebank key new'."), directory);
	else
		say_error(_("%s cannot be used as a key: %s"), path, key ? _("it is not a P-256 key") : errno == EINVAL ? _("it is not a key in PEM format") : strerror(errno));
	return NULL;
}

struct ledger *home_ledger(const char *directory)
{
	_cleanup_free_ char *path = home_path(directory, "ledger.json");
	_cleanup_free_ char *bytes = NULL;
	const char *reason = NULL;
	struct ledger *ledger;
	size_t length;

	bytes = file_read(path, LEDGER_MAX, &length);
	if (!bytes && errno == ENOENT) {
		say_error(_("%s belongs to no ledger yet. Ask its administrator for ledger.json and run 'lovebank key join FILE'."), directory);
		return NULL;
	}
	if (!bytes) {
		say_error("%s: %s", path, strerror(errno));
		return NULL;
	}
	ledger = ledger_parse(bytes, length, &reason);
	if (!ledger)
		say_error(_("%s is not a ledger.json: %s. Ask the administrator for it and run 'lovebank key join FILE'."), path,
			  say_translated(reason));
	return ledger;
}

/* Why the list of daemons is none, or NULL. */
static const char *daemons_fault(const json_t *daemons)
{
	const json_t *entry;
	size_t i;

	if (!json_is_array(daemons) || !json_array_size(daemons))
		return N_("no daemons");
	json_array_foreach(daemons, i, entry) {
		const char *tls = json_string_value(json_object_get(entry, "tls"));

		if (!json_is_string(json_object_get(entry, "address")))
			return N_("a daemon without address");
		if (!tls || strncmp(tls, "sha256//", 8) != 0 || strlen(tls) >= KEY_PIN_MAX)
			return N_("a daemon without its pinned TLS key");
	}
	return NULL;
}

static const char *ledger_fault(struct ledger *ledger)
{
	ledger->aud = json_string_value(json_object_get(ledger->document, "aud"));
	ledger->log = json_string_value(json_object_get(ledger->document, "log"));
	ledger->daemons = json_object_get(ledger->document, "daemons");
	ledger->answers = key_from_jwk(json_object_get(ledger->document, "answers"));
	if (!ledger->aud)
		return N_("no aud");
	if (!ledger->log)
		return N_("no log key");
	if (!ledger->answers)
		return N_("no answers key");
	return daemons_fault(ledger->daemons);
}

struct ledger *ledger_parse(const char *bytes, size_t length, const char **ret_reason)
{
	struct ledger *ledger = xcalloc(1, sizeof(*ledger));
	const char *reason = NULL;

	ledger->document = json_parse(bytes, length, &reason);
	if (ledger->document)
		reason = ledger_fault(ledger);
	if (!reason)
		return ledger;
	*ret_reason = reason;
	return ledger_free(ledger);
}

struct ledger *ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return NULL;
	key_free(ledger->answers);
	json_decref(ledger->document);
	free(ledger);
	return NULL;
}
