/* Replay of an act, first part: the signed request is the one that the leaves name, meant for this ledger, and used once. */
#include "audit/replay.h"
#include "wire/base64url.h"
#include "wire/sha256.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SKEW_S 60

static void hash_text(const void *bytes, size_t length, char text[KID_LENGTH + 1])
{
	unsigned char hash[SHA256_BYTES];

	sha256(bytes, length, hash);
	base64url_encode(hash, sizeof(hash), text);
}

/* All leaves of an act name one request: they were grouped by it. */
static void check_hash(struct replay *replay, struct act *act, const struct leaf *leaf)
{
	char found[KID_LENGTH + 1];

	if (act->jws)
		base64url_encode(act->jws->hash, SHA256_BYTES, found);
	else
		hash_text(act->compact, act->compact_length, found);
	if (strcmp(found, leaf->request) != 0) {
		replay_find(replay, act, leaf, "request_altered", NULL, leaf->request, found);
		act_drop_request(act);
	} else if (act->fault) {
		replay_find(replay, act, leaf, "request_malformed", NULL, NULL, act->fault);
	}
}

static void check_kids(struct replay *replay, const struct act *act)
{
	const char *kid = act->jws ? act->jws->kid : act->leaves[0].kid;

	for (size_t i = 0; i < act->leaf_count && kid; i++)
		if (act->leaves[i].content && strcmp(act->leaves[i].kid, kid) != 0)
			replay_find(replay, act, &act->leaves[i], "effect_differs", "kid", kid, act->leaves[i].kid);
}

static void check_aud(struct replay *replay, const struct act *act)
{
	const char *aud = registry_aud(replay->registry), *found = row_text(act->input, "aud");

	if (aud && (!found || strcmp(aud, found) != 0))
		replay_find(replay, act, NULL, "wrong_ledger", "aud", aud, found);
}

/* In seconds, as the daemon judges it. */
static void check_times(struct replay *replay, const struct act *act)
{
	int64_t recorded_us = act->leaves[0].recorded_us;
	bool is_bad = act->exp <= act->iat || act->exp - act->iat > LIFETIME_MAX;
	bool is_outside = act->leaves[0].content &&
			  (recorded_us < (act->iat - SKEW_S) * 1000000 || recorded_us > (act->exp + SKEW_S) * 1000000);
	char lifetime[64];

	if (!is_bad && !is_outside)
		return;
	snprintf(lifetime, sizeof(lifetime), "%" PRId64 "..%" PRId64, act->iat, act->exp);
	if (is_bad)
		replay_find(replay, act, NULL, "request_times", "exp", "at most 300 seconds after iat", lifetime);
	else
		replay_find(replay, act, NULL, "request_times", "recorded_at", lifetime, act->leaves[0].recorded_at);
}

/* A key of the store holds 128 bits of jti; which operator is in the value and, as kids differ, hardly ever another one's. */
static void check_jti(struct replay *replay, const struct act *act)
{
	const struct operator *author = registry_operator_of(replay->registry, act->jws->kid);
	uint64_t key[STORE_KEY] = {STORE_KIND(STORE_JTI) | (uint64_t)(author ? author->id : 0), act->jti[0], act->jti[1]};
	bool is_new;
	int64_t *value = store_put(replay->store, key, &is_new);

	if (is_new)
		value[0] = act->number;
	else
		replay_find_number(replay, act, NULL, "request_reused", "jti", value[0], act->number);
}

/* The digest of the answer stands in the first leaf of a command. */
static void check_result(struct replay *replay, const struct act *act)
{
	for (size_t i = 1; i < act->leaf_count; i++)
		if (act->leaves[i].result)
			replay_find(replay, act, &act->leaves[i], "effect_unknown", "result", NULL, act->leaves[i].result);
}

static void check_place(struct replay *replay, const struct act *act)
{
	if (act->said_first >= 0 && act->said_first != act->first)
		replay_find_number(replay, act, NULL, "request_row_differs", "leaf_first", act->first, act->said_first);
	if (act->said_count >= 0 && act->said_count != (int64_t)act->leaf_count)
		replay_find_number(replay, act, NULL, "request_row_differs", "leaf_count", (int64_t)act->leaf_count, act->said_count);
}

static void count_withheld(struct replay *replay, const struct leaf *leaf)
{
	const char *request = leaf->content ? leaf->request : "";

	if (strcmp(request, replay->withheld_request) == 0)
		return;
	snprintf(replay->withheld_request, sizeof(replay->withheld_request), "%s", request);
	replay->withheld++;
}

void replay_request(struct replay *replay, struct act *act)
{
	const struct leaf *leaf = &act->leaves[0];

	check_result(replay, act);
	if (!act->compact) {
		if (replay->partial)
			count_withheld(replay, leaf);
		else
			replay_find(replay, act, leaf, "request_missing", NULL, leaf->content ? leaf->request : NULL, NULL);
		return;
	}
	check_place(replay, act);
	if (leaf->content)
		check_hash(replay, act, leaf);
	check_kids(replay, act);
	if (!act->jws || act->founding || act->fault)
		return;
	check_aud(replay, act);
	check_times(replay, act);
	check_jti(replay, act);
}
