/* The ledger itself: its founding, and the keys that it signs with. */
#include "audit/derive.h"
#include "audit/expect.h"
#include "audit/past.h"
#include "wire/base.h"
#include "wire/json.h"
#include "wire/jws.h"
#include "wire/note.h"

#include <stdio.h>
#include <string.h>

#define LOG_KID 8 /* hex digits */

/* ---- keys of the ledger */

static bool is_use(const char *use)
{
	return strcmp(use, "answers") == 0 || strcmp(use, "log") == 0 || strcmp(use, "tls") == 0;
}

/* The kid of a public key of that use: RFC 7638 thumbprint of a JWK, key id of a verifier key. Empty when the text is neither. */
static void kid_of(const char *use, const char *text, char kid[KID_LENGTH + 1])
{
	const char *mark = strchr(text, '+'), *reason;
	json_t *jwk = strcmp(use, "log") != 0 ? json_parse(text, strlen(text), &reason) : NULL;
	struct key *key = jwk ? key_from_jwk(jwk) : NULL;

	kid[0] = '\0';
	if (key)
		strcpy(kid, key->kid);
	else if (strcmp(use, "log") == 0 && mark && strlen(mark) > LOG_KID + 1 && mark[LOG_KID + 1] == '+')
		snprintf(kid, LOG_KID + 1, "%s", mark + 1);
	key_free(key);
	json_decref(jwk);
}

static const json_t *registered(const struct replay *replay, const char *kid)
{
	const struct item *item;

	for (size_t i = 0; (item = registry_item_at(replay->registry, "ledger_key", i)); i++) {
		const char *found = row_text(item->row, "kid");

		if (found && strcmp(found, kid) == 0)
			return item->row;
	}
	return NULL;
}

/* A row of a key: its kid is that of the public text. */
static const json_t *expect_key(struct expect *expect, const char *use, const char *text)
{
	char kid[KID_LENGTH + 1];

	kid_of(use, text, kid);
	if (!kid[0] || !is_use(use))
		expect_broken(expect->replay, expect->act, 0, "bad_key", use, text);
	if (registered(expect->replay, kid))
		expect_broken(expect->replay, expect->act, 0, "already_exists", NULL, kid);
	return EXPECT_ROW(expect, "ledger_key", GIVEN("id"), TEXT("use", use), TEXT("kid", kid), TEXT("public", text), REQUEST);
}

static void ledger_key_add(struct replay *replay, const struct act *act)
{
	const char *use = row_text(act->input, "use"), *text = row_text(act->input, "key");
	struct expect expect = expect_plain(replay, act, 0);

	expect_key(&expect, use ? use : "", text ? text : "");
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

/* Whether another key of the same use is in force. */
static bool has_other(const struct replay *replay, int64_t id, const char *use)
{
	const struct ledger_key *key;

	for (size_t i = 0; (key = registry_ledger_key_at(replay->registry, i)); i++)
		if (key->id != id && key->ended < 0 && strcmp(key->use, use) == 0)
			return true;
	return false;
}

static void ledger_key_end(struct replay *replay, const struct act *act)
{
	const char *kid = row_text(act->input, "key"), *use;
	const json_t *row = kid ? registered(replay, kid) : NULL;
	struct expect expect = expect_plain(replay, act, 0);
	int64_t id = row_number(row, "id", 0);

	if (!row) {
		expect_broken(replay, act, 0, "unknown_ledger_key", NULL, kid);
		return;
	}
	use = row_text(row, "use");
	if (registry_item(replay->registry, "ledger_key_end", id))
		expect_broken(replay, act, 0, "already_revoked", NULL, kid);
	else if (!has_other(replay, id, use ? use : ""))
		expect_broken(replay, act, 0, "last_key", NULL, kid);
	EXPECT_ROW(&expect, "ledger_key_end", NUMBER("ledger_key", id), TEXT("reason", row_text(act->input, "reason")), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

/* ---- founding: signed is only that the first administrator has the key; name and root of the organisation are the ledger's own */

static void expect_keys(struct expect *expect)
{
	const json_t *rows = leaf_rows(expect->leaf, "ledger_key"), *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *use = row_text(row, "use"), *text = row_text(row, "public");

		expect_key(expect, use ? use : "", text ? text : "");
	}
}

static void ledger_found(struct replay *replay, const struct act *act)
{
	struct expect expect = expect_plain(replay, act, 0);
	const json_t *node = json_array_get(leaf_rows(&act->leaves[0], "node"), 0);
	const char *kind = row_text(node, "kind");

	if (registry_aud(replay->registry))
		expect_broken(replay, act, 0, "already_exists", registry_aud(replay->registry), NULL);
	EXPECT_ROW(&expect, "identity", FLAG("one", true), GIVEN("aud"));
	EXPECT_ROW(&expect, "node", NUMBER("id", 1), TEXT("kind", kind), GIVEN("code"), GIVEN("name"), TEXT("path", "1"), REQUEST);
	EXPECT_ROW(&expect, "person", NUMBER("id", 1), REQUEST);
	EXPECT_ROW(&expect, "operator", NUMBER("id", 1), NUMBER("person", 1), TEXT("kid", act->jws->kid), JSON("jwk", act->jws->jwk),
		   REQUEST);
	EXPECT_ROW(&expect, "role_grant", NUMBER("id", 1), NUMBER("operator", 1), TEXT("role", "administrator"), NUMBER("node", 1),
		   REQUEST);
	expect_keys(&expect);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

const struct derivation derive_ledger[] = {
	{"ledger_key_add", "ledger_key", ledger_key_add},
	{"ledger_key_end", "ledger_key_end", ledger_key_end},
	{"ledger_found", "identity node person operator role_grant ledger_key", ledger_found},
	{.op = NULL},
};
