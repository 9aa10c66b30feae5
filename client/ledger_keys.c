#include "client/ledger_keys.h"

#include "client/exit.h"
#include "client/file.h"
#include "client/home.h"
#include "client/receipt.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A key that a leaf registered. */
struct row {
	json_int_t id;
	const char *use, *public; /* of the leaf */
	struct key *key;          /* NULL of a log key */
	char name[KID_LENGTH + 1]; /* kid, or the key id of a log key */
	int64_t made, until;	  /* log sizes: of the checkpoint that came with its leaf, with its end's */
};

struct learning {
	struct ledger *ledger;	/* with the trust as it grows */
	struct public_log *log;
	const json_t *receipts;
	uint64_t *sizes; /* by receipt: its checkpoint's, once it is known to be true; 0: not yet */
	struct row rows[3 * LEDGER_KEYS_MAX];
	size_t count, ends;
};

static int fail(struct learning *learning, const char *reason)
{
	snprintf(learning->log->error, sizeof(learning->log->error), "%s", say_translated(reason));
	return EXIT_UNVERIFIED;
}

static const json_t *rows_of(const struct learning *learning, size_t i, const char *table)
{
	const json_t *leaf = json_object_get(json_array_get(learning->receipts, i), "leaf");

	return json_object_get(json_object_get(leaf, "rows"), table);
}

/* ---- trust */

static json_t *member(json_t *document, const char *name, json_t *fresh)
{
	json_t *known = json_object_get(document, name);

	if (!known)
		json_object_set(document, name, fresh);
	json_decref(fresh);
	return json_object_get(document, name);
}

/* Takes a changed document of a ledger.json for what is trusted. */
static void trust_document(struct learning *learning, json_t *document)
{
	const char *reason = NULL;
	struct ledger *changed = ledger_from_document(document, &reason);

	if (changed)
		ledger_replace(learning->ledger, changed);
}

static void trust_key(struct learning *learning, const json_t *row)
{
	const char *use = json_string_value(json_object_get(row, "use"));
	json_t *public = json_object_get(row, "public"), *document;

	if (!use || !json_is_string(public) || strcmp(use, "log") != 0)
		return;
	document = json_deep_copy(learning->ledger->document);
	json_array_append(member(document, "log_keys", json_array()), public);
	trust_document(learning, document);
}

/* Which key a row ends: another leaf registered it, before. */
static const char *ended_name(const struct learning *learning, json_int_t id)
{
	for (size_t i = 0; i < json_array_size(learning->receipts); i++) {
		const json_t *row;
		size_t at;

		json_array_foreach(rows_of(learning, i, "ledger_key"), at, row)
			if (json_integer_value(json_object_get(row, "id")) == id)
				return json_string_value(json_object_get(row, "kid"));
	}
	return NULL;
}

static void distrust_key(struct learning *learning, const json_t *row, uint64_t size)
{
	const char *name = ended_name(learning, json_integer_value(json_object_get(row, "ledger_key")));
	json_t *document;

	if (!name)
		return;
	document = json_deep_copy(learning->ledger->document);
	json_object_set_new(member(document, "ended", json_object()), name, json_integer((json_int_t)size));
	trust_document(learning, document);
}

static void trust_rows(struct learning *learning, size_t i)
{
	const json_t *row;
	size_t at;

	json_array_foreach(rows_of(learning, i, "ledger_key"), at, row)
		trust_key(learning, row);
	json_array_foreach(rows_of(learning, i, "ledger_key_end"), at, row)
		distrust_key(learning, row, learning->sizes[i]);
}

/* In order of the log, each under the log keys that are trusted by then. */
static void check_forward(struct learning *learning)
{
	const json_t *item;
	size_t i;

	json_array_foreach(learning->receipts, i, item) {
		const char *reason;
		struct receipt receipt;

		if (receipt_check_file(learning->ledger, item, true, &receipt, &reason) < 0)
			continue;
		learning->sizes[i] = receipt.size;
		receipt_clear(&receipt);
		trust_rows(learning, i);
	}
}

/* The place of a leaf as its proof states it, and its hash; whether they are true is proven by tiles. */
static int place_of(const json_t *item, uint64_t *ret_index, unsigned char hash[TREE_HASH])
{
	const json_t *proof_text = json_object_get(item, "proof"), *leaf = json_object_get(item, "leaf");
	_cleanup_free_ char *bytes = json_dumps(leaf, JSON_COMPACT | JSON_SORT_KEYS);
	const char *note, *reason;
	struct proof proof;

	if (!bytes || !json_is_string(proof_text) ||
	    proof_read(json_string_value(proof_text), json_string_length(proof_text), &proof, ret_index, &note, &reason) < 0)
		return -1;
	tree_hash_leaf(bytes, strlen(bytes), hash);
	return 0;
}

/* Those that are left: as leaves of the newest checkpoint. */
static int check_by_tiles(struct learning *learning)
{
	unsigned char root[TREE_HASH], hash[TREE_HASH];
	char note[NOTE_MAX];
	const json_t *item;
	uint64_t size, index;
	size_t i;
	int code = public_log_checkpoint(learning->log, learning->ledger, "checkpoint", note, &size, root);

	if (code != EXIT_OK)
		return code;
	json_array_foreach(learning->receipts, i, item) {
		struct proof proof;

		if (learning->sizes[i])
			continue;
		if (place_of(item, &index, hash) < 0 || index >= size)
			return fail(learning, N_("a receipt of the ledger's keys is malformed"));
		if (proof_inclusion(public_log_tile, learning->log, index, size, &proof) < 0)
			return EXIT_UNKNOWN;
		if (proof_check_inclusion(&proof, hash, index, size, root) < 0)
			return fail(learning, N_("a receipt of the ledger's keys is not of its log"));
		learning->sizes[i] = index + 1;
	}
	return EXIT_OK;
}

static bool all_checked(const struct learning *learning)
{
	for (size_t i = 0; i < json_array_size(learning->receipts); i++)
		if (!learning->sizes[i])
			return false;
	return true;
}

/* ---- what the leaves say */

static struct row *find_row(struct learning *learning, json_int_t id)
{
	for (size_t i = 0; i < learning->count; i++)
		if (learning->rows[i].id == id)
			return &learning->rows[i];
	return NULL;
}

/* The public text of a key, read; its name must be the one that the row states. */
static bool read_public(struct learning *learning, struct row *row, const char *kid)
{
	size_t aud = strlen(learning->ledger->aud);
	const char *reason;
	json_t *jwk;

	if (strcmp(row->use, "log") == 0)
		return strncmp(row->public, learning->ledger->aud, aud) == 0 && row->public[aud] == '+' &&
		       ledger_key_id(row->public, row->name) == 0 && strcmp(row->name, kid) == 0;
	jwk = json_parse(row->public, strlen(row->public), &reason);
	row->key = key_from_jwk(jwk);
	json_decref(jwk);
	if (row->key)
		memcpy(row->name, row->key->kid, sizeof(row->name));
	return row->key && strcmp(row->name, kid) == 0;
}

static int take_key(struct learning *learning, const json_t *json, uint64_t size)
{
	const char *kid = json_string_value(json_object_get(json, "kid"));
	struct row row = {.id = json_integer_value(json_object_get(json, "id")), .made = (int64_t)size, .until = LEDGER_IN_FORCE};

	row.use = json_string_value(json_object_get(json, "use"));
	row.public = json_string_value(json_object_get(json, "public"));
	if (learning->count == sizeof(learning->rows) / sizeof(learning->rows[0]))
		return fail(learning, N_("the ledger has too many keys"));
	if (!row.use || !row.public || !kid || find_row(learning, row.id) || !read_public(learning, &row, kid)) {
		key_free(row.key);
		return fail(learning, N_("a leaf registers a key of the ledger that is none"));
	}
	learning->rows[learning->count++] = row;
	return EXIT_OK;
}

static int take_end(struct learning *learning, const json_t *json, uint64_t size)
{
	struct row *row = find_row(learning, json_integer_value(json_object_get(json, "ledger_key")));

	if (!row || row->until != LEDGER_IN_FORCE)
		return fail(learning, N_("a leaf ends a key of the ledger that there is not"));
	row->until = (int64_t)size;
	learning->ends++;
	return EXIT_OK;
}

static int take_leaves(struct learning *learning)
{
	int code = EXIT_OK;

	for (size_t i = 0; i < json_array_size(learning->receipts); i++) {
		const json_t *row;
		size_t at;

		json_array_foreach(rows_of(learning, i, "ledger_key"), at, row)
			code = code == EXIT_OK ? take_key(learning, row, learning->sizes[i]) : code;
		json_array_foreach(rows_of(learning, i, "ledger_key_end"), at, row)
			code = code == EXIT_OK ? take_end(learning, row, learning->sizes[i]) : code;
	}
	return code;
}

/* ---- the new ledger.json */

static json_t *value_of(const struct row *row)
{
	return row->key ? key_jwk(row->key) : json_string(row->public);
}

static void append_once(json_t *list, json_t *value)
{
	const json_t *known;
	size_t i;

	json_array_foreach(list, i, known) {
		if (json_equal(known, value)) {
			json_decref(value);
			return;
		}
	}
	json_array_append_new(list, value);
}

/* The size at which the log first had a key of a use: until then one counted that no leaf registered. */
static int64_t first_made(const struct learning *learning, const char *use)
{
	for (size_t i = 0; i < learning->count; i++)
		if (strcmp(learning->rows[i].use, use) == 0)
			return learning->rows[i].made;
	return LEDGER_IN_FORCE;
}

static bool is_registered(const struct learning *learning, const char *name)
{
	for (size_t i = 0; i < learning->count; i++)
		if (strcmp(learning->rows[i].name, name) == 0)
			return true;
	return false;
}

static void put_ended(json_t *document, const char *name, int64_t until)
{
	json_object_set_new(member(document, "ended", json_object()), name, json_integer(until));
}

/* Keys that were known before and that no leaf registered ended when the first of their use was registered. */
static void end_unregistered(const struct learning *learning, const struct ledger *ledger, json_t *document)
{
	for (size_t i = 0; i < ledger->answers_count; i++) {
		const char *name = ledger->answers_keys[i].key->kid;

		if (first_made(learning, "answers") != LEDGER_IN_FORCE && !is_registered(learning, name) && ledger->answers_keys[i].until == LEDGER_IN_FORCE)
			put_ended(document, name, first_made(learning, "answers"));
	}
	for (size_t i = 0; i < ledger->log_count; i++) {
		char name[LEDGER_KEY_ID];

		ledger_key_id(ledger->log_keys[i].verifier, name);
		if (first_made(learning, "log") != LEDGER_IN_FORCE && !is_registered(learning, name) && ledger->log_keys[i].until == LEDGER_IN_FORCE)
			put_ended(document, name, first_made(learning, "log"));
	}
}

/* Those in force first, oldest first; then the ended ones; then those that were known without a leaf. */
static void put_keys(const struct learning *learning, json_t *document, const char *use, const char *all)
{
	json_t *list = json_array();
	const json_t *known;
	size_t i;

	for (int ended = 0; ended < 2; ended++)
		for (i = 0; i < learning->count; i++)
			if (strcmp(learning->rows[i].use, use) == 0 && (learning->rows[i].until != LEDGER_IN_FORCE) == ended)
				append_once(list, value_of(&learning->rows[i]));
	if (!json_array_size(list)) {
		json_decref(list);
		return;
	}
	append_once(list, json_incref(json_object_get(document, use)));
	json_array_foreach(json_object_get(document, all), i, known)
		append_once(list, json_incref((json_t *)(uintptr_t)known));
	json_object_set(document, use, json_array_get(list, 0));
	if (json_array_size(list) > 1)
		json_object_set(document, all, list);
	json_decref(list);
}

/* A daemon may be known by its own TLS key, and by each that is in force; not by one that ended. */
static void put_pins(const struct learning *learning, json_t *daemon)
{
	json_t *pins = json_array(), *more = json_object_get(daemon, "tls_more"), *known;
	char pin[KEY_PIN_MAX];
	size_t i;

	append_once(pins, json_incref(json_object_get(daemon, "tls")));
	json_array_foreach(more, i, known)
		append_once(pins, json_incref(known));
	for (i = 0; i < learning->count; i++) {
		size_t at;

		if (strcmp(learning->rows[i].use, "tls") != 0)
			continue;
		key_pin(learning->rows[i].key, pin);
		if (learning->rows[i].until == LEDGER_IN_FORCE)
			append_once(pins, json_string(pin));
		else
			json_array_foreach(pins, at, known)
				if (strcmp(json_string_value(known), pin) == 0)
					json_array_remove(pins, at--);
	}
	if (json_array_size(pins)) {
		json_object_set(daemon, "tls", json_array_get(pins, 0));
		json_array_remove(pins, 0);
	}
	json_object_del(daemon, "tls_more");
	if (json_array_size(pins))
		json_object_set(daemon, "tls_more", pins);
	json_decref(pins);
}

static json_t *new_document(const struct learning *learning, const struct ledger *ledger)
{
	json_t *document = json_deep_copy(ledger->document), *daemon;
	size_t i;

	end_unregistered(learning, ledger, document);
	for (i = 0; i < learning->count; i++)
		if (learning->rows[i].until != LEDGER_IN_FORCE)
			put_ended(document, learning->rows[i].name, learning->rows[i].until);
	put_keys(learning, document, "answers", "answers_keys");
	put_keys(learning, document, "log", "log_keys");
	json_array_foreach(json_object_get(document, "daemons"), i, daemon)
		put_pins(learning, daemon);
	json_object_set_new(document, "keys", json_integer((json_int_t)(learning->count + learning->ends)));
	return document;
}

static int write_ledger(struct public_log *log, const char *home, const json_t *document)
{
	_cleanup_free_ char *path = home_path(home, "ledger.json"), *text = json_dumps(document, JSON_INDENT(2));
	_cleanup_free_ char *line = xasprintf("%s\n", text);

	if (file_write(path, line, strlen(line), 0600) == 0)
		return EXIT_OK;
	snprintf(log->error, sizeof(log->error), "%s: %s", path, strerror(errno));
	return EXIT_LOCAL;
}

static int install(struct ledger *ledger, const struct learning *learning, const char *home)
{
	json_t *document = new_document(learning, ledger);
	const char *reason = NULL;
	struct ledger *fresh = ledger_from_document(document, &reason);

	if (!fresh) {
		snprintf(learning->log->error, sizeof(learning->log->error), "%s", say_translated(reason));
		return EXIT_UNVERIFIED;
	}
	ledger_replace(ledger, fresh);
	return home ? write_ledger(learning->log, home, ledger->document) : EXIT_OK;
}

/* ---- */

static int judge(struct learning *learning, int64_t wanted)
{
	int64_t known = learning->ledger->keys;
	int code = EXIT_OK;

	check_forward(learning);
	if (!all_checked(learning))
		code = check_by_tiles(learning);
	if (code == EXIT_OK)
		code = take_leaves(learning);
	if (code == EXIT_OK && (int64_t)(learning->count + learning->ends) < (wanted > known ? wanted : known))
		code = fail(learning, N_("the ledger does not show all of its keys"));
	return code;
}

static void clear(struct learning *learning)
{
	for (size_t i = 0; i < learning->count; i++)
		key_free(learning->rows[i].key);
	ledger_free(learning->ledger);
	free(learning->sizes);
}

static int learn_from(struct ledger *ledger, struct public_log *log, const json_t *receipts, int64_t wanted, const char *home)
{
	struct learning learning = {.log = log, .receipts = receipts};
	const char *reason;
	int code;

	if (!json_is_array(receipts))
		return fail(&learning, N_("the ledger's list of keys is malformed"));
	learning.ledger = ledger_from_document(json_deep_copy(ledger->document), &reason);
	if (!learning.ledger)
		BUG("a ledger.json that was read cannot be read again: %s", reason);
	learning.sizes = xcalloc(json_array_size(receipts) + 1, sizeof(*learning.sizes));
	code = judge(&learning, wanted);
	if (code == EXIT_OK)
		code = install(ledger, &learning, home);
	clear(&learning);
	return code;
}

int ledger_keys_learn(struct ledger *ledger, struct public_log *log, int64_t wanted, const char *home)
{
	_cleanup_free_ char *bytes = NULL;
	const char *reason = NULL;
	json_t *whole;
	size_t length;
	int code;

	if (public_log_get(log, "keys", &bytes, &length) != 0)
		return EXIT_UNKNOWN;
	whole = json_parse(bytes, length, &reason);
	code = learn_from(ledger, log, json_object_get(whole, "keys"), wanted, home);
	json_decref(whole);
	return code;
}
