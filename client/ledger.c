#include "client/ledger.h"

#include "client/say.h"
#include "wire/base.h"
#include "wire/json.h"

#include <stdlib.h>
#include <string.h>

static bool is_pin(const json_t *value)
{
	const char *pin = json_string_value(value);

	return pin && strncmp(pin, "sha256//", 8) == 0 && strlen(pin) < KEY_PIN_MAX && !strpbrk(pin, ";\"\\");
}

static bool are_pins(const json_t *more)
{
	const json_t *pin;
	size_t i;

	if (more && !json_is_array(more))
		return false;
	json_array_foreach(more, i, pin)
		if (!is_pin(pin))
			return false;
	return true;
}

/* Why the list of daemons is none, or NULL. */
static const char *daemons_fault(const json_t *daemons)
{
	const json_t *entry;
	size_t i;

	if (!json_is_array(daemons) || !json_array_size(daemons))
		return N_("no daemons");
	json_array_foreach(daemons, i, entry) {
		if (!json_is_string(json_object_get(entry, "address")))
			return N_("a daemon without address");
		if (!is_pin(json_object_get(entry, "tls")) || !are_pins(json_object_get(entry, "tls_more")))
			return N_("a daemon without its pinned TLS key");
	}
	return NULL;
}

static int64_t until_of(const struct ledger *ledger, const char *id)
{
	const json_t *until = json_object_get(json_object_get(ledger->document, "ended"), id);

	return json_is_integer(until) ? json_integer_value(until) : LEDGER_IN_FORCE;
}

static bool knows_answers(const struct ledger *ledger, const char *kid)
{
	return ledger_answers_key(ledger, kid) != NULL;
}

static const char *take_answers(struct ledger *ledger, const json_t *jwk)
{
	struct key *key = key_from_jwk(jwk);

	if (!key)
		return N_("no answers key");
	if (knows_answers(ledger, key->kid)) {
		key_free(key);
		return NULL;
	}
	if (ledger->answers_count == LEDGER_KEYS_MAX) {
		key_free(key);
		return N_("too many keys");
	}
	ledger->answers_keys[ledger->answers_count++] = (struct ledger_answers_key){.key = key, .until = until_of(ledger, key->kid)};
	return NULL;
}

static bool knows_log(const struct ledger *ledger, const char *verifier)
{
	for (size_t i = 0; i < ledger->log_count; i++)
		if (strcmp(ledger->log_keys[i].verifier, verifier) == 0)
			return true;
	return false;
}

static const char *take_log(struct ledger *ledger, const json_t *value)
{
	const char *verifier = json_string_value(value);
	size_t length = strlen(ledger->aud);
	char id[LEDGER_KEY_ID];

	if (!verifier || ledger_key_id(verifier, id) < 0 || strncmp(verifier, ledger->aud, length) != 0 || verifier[length] != '+')
		return N_("no log key");
	if (knows_log(ledger, verifier))
		return NULL;
	if (ledger->log_count == LEDGER_KEYS_MAX)
		return N_("too many keys");
	ledger->log_keys[ledger->log_count++] = (struct ledger_log_key){.verifier = verifier, .until = until_of(ledger, id)};
	return NULL;
}

typedef const char *take_fn(struct ledger *ledger, const json_t *value);

/* The key of its own member first, then those of the list. */
static const char *take_keys(struct ledger *ledger, const char *one, const char *all, take_fn *take)
{
	const char *reason = take(ledger, json_object_get(ledger->document, one));
	const json_t *list = json_object_get(ledger->document, all), *value;
	size_t i;

	json_array_foreach(list, i, value)
		reason = reason ? reason : take(ledger, value);
	return reason;
}

static const char *ledger_fault(struct ledger *ledger)
{
	const char *reason;

	ledger->aud = json_string_value(json_object_get(ledger->document, "aud"));
	ledger->daemons = json_object_get(ledger->document, "daemons");
	ledger->keys = json_integer_value(json_object_get(ledger->document, "keys"));
	if (!ledger->aud)
		return N_("no aud");
	reason = take_keys(ledger, "log", "log_keys", take_log);
	if (!reason)
		reason = take_keys(ledger, "answers", "answers_keys", take_answers);
	if (reason)
		return reason;
	ledger->log = ledger->log_keys[0].verifier;
	ledger->answers = ledger->answers_keys[0].key;
	return daemons_fault(ledger->daemons);
}

struct ledger *ledger_from_document(json_t *document, const char **ret_reason)
{
	struct ledger *ledger = xcalloc(1, sizeof(*ledger));
	const char *reason;

	ledger->document = document;
	reason = ledger_fault(ledger);
	if (!reason)
		return ledger;
	*ret_reason = reason;
	return ledger_free(ledger);
}

struct ledger *ledger_parse(const char *bytes, size_t length, const char **ret_reason)
{
	json_t *document = json_parse(bytes, length, ret_reason);

	return document ? ledger_from_document(document, ret_reason) : NULL;
}

struct ledger *ledger_from_log_key(const char *verifier)
{
	struct ledger *ledger = xcalloc(1, sizeof(*ledger));
	_cleanup_free_ char *aud = xstrndup(verifier, strcspn(verifier, "+"));

	ledger->document = json_pack("{s:s, s:s}", "aud", aud, "log", verifier);
	ledger->aud = json_string_value(json_object_get(ledger->document, "aud"));
	if (!ledger->aud || take_log(ledger, json_object_get(ledger->document, "log")))
		return ledger_free(ledger);
	ledger->log = ledger->log_keys[0].verifier;
	return ledger;
}

static void clear(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->answers_count; i++)
		key_free(ledger->answers_keys[i].key);
	json_decref(ledger->document);
}

void ledger_replace(struct ledger *target, struct ledger *source)
{
	clear(target);
	*target = *source;
	free(source);
}

struct ledger *ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return NULL;
	clear(ledger);
	free(ledger);
	return NULL;
}

const struct ledger_answers_key *ledger_answers_key(const struct ledger *ledger, const char *kid)
{
	for (size_t i = 0; i < ledger->answers_count; i++)
		if (strcmp(ledger->answers_keys[i].key->kid, kid) == 0)
			return &ledger->answers_keys[i];
	return NULL;
}

int ledger_check_note(const struct ledger *ledger, const char *note, bool fresh, uint64_t *ret_size, unsigned char ret_root[TREE_HASH])
{
	for (size_t i = 0; i < ledger->log_count; i++) {
		const struct ledger_log_key *key = &ledger->log_keys[i];
		unsigned char root[TREE_HASH];
		uint64_t size;

		if (note_verify(key->verifier, note, &size, root) < 0)
			continue;
		if (key->until != LEDGER_IN_FORCE && (fresh || size > (uint64_t)key->until))
			continue;
		*ret_size = size;
		memcpy(ret_root, root, TREE_HASH);
		return 0;
	}
	return -1;
}

char *ledger_pins(const json_t *daemon)
{
	char *pins = xstrdup(json_string_value(json_object_get(daemon, "tls")));
	const json_t *more = json_object_get(daemon, "tls_more"), *pin;
	size_t i;

	json_array_foreach(more, i, pin) {
		char *longer = xasprintf("%s;%s", pins, json_string_value(pin));

		free(pins);
		pins = longer;
	}
	return pins;
}

int ledger_key_id(const char *verifier, char id[LEDGER_KEY_ID])
{
	const char *plus = strchr(verifier, '+');

	if (!plus || strspn(plus + 1, "0123456789abcdef") != LEDGER_KEY_ID - 1 || plus[LEDGER_KEY_ID] != '+')
		return -1;
	memcpy(id, plus + 1, LEDGER_KEY_ID - 1);
	id[LEDGER_KEY_ID - 1] = '\0';
	return 0;
}
