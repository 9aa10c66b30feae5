#include "client/home.h"

#include "client/file.h"
#include "client/say.h"
#include "wire/base.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static struct ledger *parse_ledger(const char *path, const char *bytes, size_t length)
{
	const char *reason = NULL;
	struct ledger *ledger = ledger_parse(bytes, length, &reason);

	if (!ledger)
		say_error(_("%s is not a ledger.json: %s. Ask the administrator for it and run 'lovebank key join FILE'."), path,
			  say_translated(reason));
	return ledger;
}

struct ledger *home_ledger_file(const char *path)
{
	_cleanup_free_ char *bytes = NULL;
	size_t length;

	bytes = file_read(path, LEDGER_MAX, &length);
	if (bytes)
		return parse_ledger(path, bytes, length);
	say_error("%s: %s", path, strerror(errno));
	return NULL;
}

struct ledger *home_ledger(const char *directory)
{
	_cleanup_free_ char *path = home_path(directory, "ledger.json");

	if (access(path, F_OK) == 0 || errno != ENOENT)
		return home_ledger_file(path);
	say_error(_("%s belongs to no ledger yet. Ask its administrator for ledger.json and run 'lovebank key join FILE'."), directory);
	return NULL;
}

char *home_ledger_path(const char *directory, const char *aud, const char *name)
{
	char *encoded = xmalloc(3 * strlen(aud) + 1), *at = encoded, *path;

	for (const char *c = aud; *c; c++) {
		if (isalnum((unsigned char)*c) || strchr("_-", *c) || (*c == '.' && c > aud))
			*at++ = *c;
		else
			at += sprintf(at, "%%%02X", (unsigned char)*c);
	}
	*at = '\0';
	path = xasprintf("%s/ledgers/%s/%s", directory, encoded, name);
	free(encoded);
	return path;
}
