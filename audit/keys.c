#include "audit/keys.h"

#include "wire/base.h"
#include "wire/json.h"
#include "wire/key.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

struct keys {
	const struct names *names;
	json_t *document, *operators, *ledger; /* the latter two owned by the first */
	/* Borrowed items of the document by the text of their row's id. */
	json_t *by_operator, *by_grant, *by_ledger_key;
};

struct keys *keys_new(const struct names *names)
{
	struct keys *keys = xcalloc(1, sizeof(*keys));

	keys->names = names;
	keys->operators = json_array();
	keys->ledger = json_array();
	keys->document = json_pack("{s:o, s:o}", "operators", keys->operators, "ledger", keys->ledger);
	keys->by_operator = json_object();
	keys->by_grant = json_object();
	keys->by_ledger_key = json_object();
	return keys;
}

struct keys *keys_free(struct keys *keys)
{
	if (!keys)
		return NULL;
	json_decref(keys->by_operator);
	json_decref(keys->by_grant);
	json_decref(keys->by_ledger_key);
	json_decref(keys->document);
	free(keys);
	return NULL;
}

static void key_of(const json_t *row, const char *member, char text[24])
{
	snprintf(text, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(row, member)));
}

/* An item under the row's id, for later rows that end it. */
static void keep(json_t *index, const json_t *row, const char *member, json_t *item)
{
	char id[24];

	key_of(row, member, id);
	json_object_set(index, id, item);
}

static json_t *kept(json_t *index, const json_t *row, const char *member)
{
	char id[24];

	key_of(row, member, id);
	return json_object_get(index, id);
}

static void copy_member(json_t *item, const char *name, const json_t *row, const char *member)
{
	json_t *value = json_object_get(row, member);

	json_object_set_new(item, name, value ? json_deep_copy(value) : json_null());
}

static void add_operator(struct keys *keys, int64_t index, const json_t *row)
{
	json_t *item = json_pack("{s:I, s:n, s:[]}", "enrolled", (json_int_t)index, "revoked", "roles");

	copy_member(item, "operator", row, "id");
	copy_member(item, "person", row, "person");
	copy_member(item, "kid", row, "kid");
	copy_member(item, "jwk", row, "jwk");
	json_array_append_new(keys->operators, item);
	keep(keys->by_operator, row, "id", item);
}

static void end_operator(struct keys *keys, int64_t index, const json_t *row)
{
	json_t *item = kept(keys->by_operator, row, "operator");

	if (item)
		json_object_set_new(item, "revoked", json_integer((json_int_t)index));
}

static void add_grant(struct keys *keys, int64_t index, const json_t *row)
{
	json_t *operator = kept(keys->by_operator, row, "operator"), *item;
	const char *code = names_code(keys->names, json_integer_value(json_object_get(row, "node")));

	if (!operator)
		return;
	item = json_pack("{s:I, s:n}", "granted", (json_int_t)index, "revoked");
	copy_member(item, "role", row, "role");
	json_object_set_new(item, "node", code ? json_string(code) : json_null());
	json_array_append_new(json_object_get(operator, "roles"), item);
	keep(keys->by_grant, row, "id", item);
}

static void end_grant(struct keys *keys, int64_t index, const json_t *row)
{
	json_t *item = kept(keys->by_grant, row, "role_grant");

	if (item)
		json_object_set_new(item, "revoked", json_integer((json_int_t)index));
}

static void add_ledger_key(struct keys *keys, int64_t index, const json_t *row)
{
	json_t *item = json_pack("{s:I, s:n}", "added", (json_int_t)index, "ended");

	copy_member(item, "use", row, "use");
	copy_member(item, "kid", row, "kid");
	copy_member(item, "public", row, "public");
	json_array_append_new(keys->ledger, item);
	keep(keys->by_ledger_key, row, "id", item);
}

static void end_ledger_key(struct keys *keys, int64_t index, const json_t *row)
{
	json_t *item = kept(keys->by_ledger_key, row, "ledger_key");

	if (item)
		json_object_set_new(item, "ended", json_integer((json_int_t)index));
}

static const struct {
	const char *table;
	void (*add)(struct keys *keys, int64_t index, const json_t *row);
} tables[] = {
	{"operator", add_operator},
	{"operator_revocation", end_operator},
	{"role_grant", add_grant},
	{"role_revocation", end_grant},
	{"ledger_key", add_ledger_key},
	{"ledger_key_end", end_ledger_key},
};

void keys_add(struct keys *keys, int64_t index, const json_t *rows)
{
	const json_t *row;
	size_t i;

	for (size_t table = 0; table < sizeof(tables) / sizeof(tables[0]); table++)
		json_array_foreach(json_object_get(rows, tables[table].table), i, row)
			tables[table].add(keys, index, row);
}

const json_t *keys_json(const struct keys *keys)
{
	return keys->document;
}

static json_t *parse_jwk(const char *text)
{
	const char *reason;

	return text ? json_parse(text, strlen(text), &reason) : NULL;
}

static const char *text_member(const json_t *item, const char *member)
{
	const char *text = json_string_value(json_object_get(item, member));

	return text ? text : "";
}

json_t *keys_in_force(const struct keys *keys, const char *use, const char *kid, int64_t size)
{
	const json_t *item;
	size_t i;

	json_array_foreach(keys->ledger, i, item) {
		const json_t *ended = json_object_get(item, "ended");

		if (strcmp(text_member(item, "use"), use) == 0 && strcmp(text_member(item, "kid"), kid) == 0 &&
		    json_integer_value(json_object_get(item, "added")) < size && (json_is_null(ended) || json_integer_value(ended) >= size))
			return parse_jwk(text_member(item, "public"));
	}
	return NULL;
}

static void give_pem(const char *kid, const json_t *jwk, void (*fn)(void *arg, const char *kid, const char *pem), void *arg)
{
	struct key *key = key_from_jwk(jwk);
	BIO *memory = BIO_new(BIO_s_mem());
	char *bytes;
	long length;

	if (!memory)
		BUG("no memory stream");
	if (key && strcmp(key->kid, kid) == 0 && PEM_write_bio_PUBKEY(memory, key->pkey) == 1) {
		_cleanup_free_ char *pem = NULL;

		length = BIO_get_mem_data(memory, &bytes);
		pem = xstrndup(bytes, (size_t)length);
		fn(arg, kid, pem);
	}
	BIO_free(memory);
	key_free(key);
}

void keys_each_pem(const struct keys *keys, void (*fn)(void *arg, const char *kid, const char *pem), void *arg)
{
	const json_t *item;
	size_t i;

	json_array_foreach(keys->operators, i, item)
		give_pem(text_member(item, "kid"), json_object_get(item, "jwk"), fn, arg);
	json_array_foreach(keys->ledger, i, item) {
		json_auto_t *jwk = strcmp(text_member(item, "use"), "answers") == 0 ? parse_jwk(text_member(item, "public")) : NULL;

		if (jwk)
			give_pem(text_member(item, "kid"), jwk, fn, arg);
	}
}

void keys_each_own(const struct keys *keys, void (*fn)(void *arg, const char *use, const char *text), void *arg)
{
	const json_t *item;
	size_t i;

	json_array_foreach(keys->ledger, i, item)
		fn(arg, text_member(item, "use"), text_member(item, "public"));
}
