#include "client/log_open.h"

#include "client/exit.h"
#include "client/ledger_keys.h"
#include "client/say.h"
#include "wire/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME "https://"

/* One daemon in the place of all, known by any of their pins. New reference. */
static json_t *daemon_at(const struct ledger *ledger, const char *address)
{
	json_t *pins = json_array(), *daemon, *made;
	const json_t *known, *pin;
	size_t i, at;

	json_array_foreach(ledger->daemons, i, known) {
		json_array_append(pins, json_object_get(known, "tls"));
		json_array_foreach(json_object_get(known, "tls_more"), at, pin)
			json_array_append(pins, (json_t *)(uintptr_t)pin);
	}
	daemon = json_pack("{s:s, s:O}", "address", address, "tls", json_array_get(pins, 0));
	json_array_remove(pins, 0);
	if (json_array_size(pins))
		json_object_set(daemon, "tls_more", pins);
	json_decref(pins);
	made = json_pack("[o]", daemon);
	return made;
}

static int go_to(struct ledger *ledger, const char *url)
{
	const char *address = strncmp(url, SCHEME, strlen(SCHEME)) == 0 ? url + strlen(SCHEME) : NULL;
	const char *reason = NULL;
	struct ledger *changed;
	json_t *document;

	if (!address || !*address || strchr(address, '/')) {
		say_error(_("--url wants https://HOST:PORT, not %s"), url);
		return EXIT_USAGE;
	}
	document = json_deep_copy(ledger->document);
	json_object_set_new(document, "daemons", daemon_at(ledger, address));
	changed = ledger_from_document(document, &reason);
	if (!changed)
		BUG("a ledger.json with another address cannot be read: %s", reason);
	ledger_replace(ledger, changed);
	return EXIT_OK;
}

int log_open(struct client *client, const char *url, const char *folder, struct public_log *ret)
{
	int code = EXIT_OK;

	*ret = (struct public_log){0};
	client->ledger = home_ledger(client->home);
	if (!client->ledger)
		return EXIT_LOCAL;
	if (url)
		code = go_to(client->ledger, url);
	if (code != EXIT_OK)
		return code;
	public_log_open(ret, client->ledger, folder);
	ret->elsewhere = url != NULL;
	return EXIT_OK;
}

/* Over a connection that trusts nobody when what listens there has none of the pinned keys. */
static int learn(struct client *client, struct public_log *log)
{
	const char *home = log->elsewhere ? NULL : client->home;
	struct http *unpinned;
	struct public_log other;
	int code;

	if (!log->stranger)
		return ledger_keys_learn(client->ledger, log, 0, home);
	unpinned = http_new_unpinned(client->ledger);
	public_log_over(&other, unpinned);
	code = ledger_keys_learn(client->ledger, &other, 0, home);
	public_log_close(&other);
	http_free(unpinned);
	return code;
}

int log_newest(struct client *client, struct public_log *log, struct log_checkpoint *ret)
{
	char error[sizeof(log->error)];
	int code = public_log_checkpoint(log, client->ledger, "checkpoint", ret->note, &ret->point.size, ret->point.root);

	if (code == EXIT_OK || (code == EXIT_UNKNOWN && !log->stranger))
		return code;
	snprintf(error, sizeof(error), "%s", log->error);
	if (learn(client, log) == EXIT_OK)
		return public_log_checkpoint(log, client->ledger, "checkpoint", ret->note, &ret->point.size, ret->point.root);
	snprintf(log->error, sizeof(log->error), "%s", error);
	return log->stranger ? EXIT_UNVERIFIED : code;
}

int log_say(const struct public_log *log, int code)
{
	if (code == EXIT_UNVERIFIED)
		say_error(_("the log does not verify: %s"), log->error);
	else if (code == EXIT_UNKNOWN)
		say_error(_("the log was not got: %s"), log->error);
	return code;
}

int log_newest_or_say(struct client *client, struct public_log *log, struct log_checkpoint *ret)
{
	return log_say(log, log_newest(client, log, ret));
}
