#include "audit/replay.h"

#include "audit/authority.h"
#include "audit/derive.h"

#define DAY_US (INT64_C(24) * 3600 * 1000000)
#define SHANGHAI_US (INT64_C(8) * 3600 * 1000000)

struct place place_of(const struct act *act, const struct leaf *leaf)
{
	struct place place = PLACE_NONE;

	place.leaf = leaf ? leaf->index : act->first;
	if (act->number)
		place.request = act->number;
	if (leaf && leaf->entry)
		place.entry = leaf->entry;
	return place;
}

void replay_find(struct replay *replay, const struct act *act, const struct leaf *leaf, const char *code, const char *field,
		 const char *expected, const char *found)
{
	struct place place = place_of(act, leaf);

	place.field = field;
	findings_add(replay->findings, code, &place, expected, found);
}

void replay_find_number(struct replay *replay, const struct act *act, const struct leaf *leaf, const char *code, const char *field,
			int64_t expected, int64_t found)
{
	struct place place = place_of(act, leaf);

	place.field = field;
	findings_add_number(replay->findings, code, &place, expected, found);
}

/* A number of the chart has five characters at most: they fit into the key's first word. */
void account_key(uint64_t key[STORE_KEY], const char *number, int64_t owner, int64_t purpose, bool restricted)
{
	uint64_t text = 0;

	for (const char *c = number; *c; c++)
		text = text << 8 | (unsigned char)*c;
	key[0] = STORE_KIND(STORE_ACCOUNT) | (uint64_t)restricted << 40 | (text & 0xffffffffff);
	key[1] = (uint64_t)owner;
	key[2] = (uint64_t)purpose;
}

struct account_state replay_account(const struct replay *replay, const char *number, int64_t owner, int64_t purpose, bool restricted)
{
	uint64_t key[STORE_KEY];
	const int64_t *value;

	account_key(key, number, owner, purpose, restricted);
	value = store_get(replay->store, key);
	return value ? (struct account_state){.balance = value[0], .version = value[1], .lots = value[2]} : (struct account_state){0};
}

bool replay_is_whole(const struct replay *replay, int64_t fund)
{
	return !replay->partial || (fund && replay->scope && registry_is_under(replay->registry, fund, replay->scope));
}

/* The day in Shanghai of a moment. */
static int64_t day_of(int64_t us)
{
	us += SHANGHAI_US;
	return us / DAY_US - (us % DAY_US < 0);
}

/* What cannot be read is said, and has no effects. */
static bool check_leaf(struct replay *replay, const struct act *act, const struct leaf *leaf)
{
	if (!leaf->content || leaf->not_canonical)
		replay_find(replay, act, leaf, leaf->content ? "leaf_not_canonical" : "leaf_malformed", NULL, NULL, leaf->fault);
	return leaf->content != NULL;
}

/* All leaves of a command stand together: the first starts at the next microsecond or later, the entries count on from it. */
static void check_moments(struct replay *replay, const struct act *act)
{
	int64_t base = act->leaves[0].recorded_us, entries = 0, last = base;

	if (base <= replay->recorded_us)
		replay_find(replay, act, &act->leaves[0], "entry_order", "recorded_at", NULL, act->leaves[0].recorded_at);
	for (size_t i = 0; i < act->leaf_count; i++) {
		const struct leaf *leaf = &act->leaves[i];
		int64_t expected = base + (leaf->entry ? entries++ : 0);

		if (!leaf->content)
			continue;
		if (replay->partial ? leaf->recorded_us < base : leaf->recorded_us != expected)
			replay_find(replay, act, leaf, "entry_order", "recorded_at", act->leaves[0].recorded_at, leaf->recorded_at);
		if (leaf->recorded_us > last)
			last = leaf->recorded_us;
	}
	if (!replay->partial)
		last = base + (int64_t)act->leaf_count - 1;
	if (last > replay->recorded_us)
		replay->recorded_us = last;
}

/* Requests are numbered without a gap, and so an act without its request is known by its place. */
static void number_act(struct replay *replay, struct act *act)
{
	struct place place = place_of(act, NULL);

	place.table = "request";
	place.field = "number";
	if (act->number && (replay->partial ? act->number <= replay->requests : act->number != replay->requests + 1))
		findings_add_number(replay->findings, "row_number", &place, replay->requests + 1, act->number);
	if (!act->number && !replay->partial)
		act->number = replay->requests + 1;
	if (act->number)
		replay->requests = act->number;
}

/* The founding is signed by the key that it registers. */
static void sign_founding(struct replay *replay, struct act *act)
{
	const struct operator *first = registry_operator_of(replay->registry, act->jws->kid);

	if (first)
		act->signer = first->key;
	else
		replay_find(replay, act, NULL, "key_unknown", "kid", NULL, act->jws->kid);
}

static void take_over(struct replay *replay, struct act *act)
{
	for (size_t i = 0; i < act->leaf_count; i++) {
		const struct leaf *leaf = &act->leaves[i];

		if (!leaf->content)
			continue;
		if (leaf->entry)
			replay_entry(replay, act, leaf);
		if (leaf->rows)
			replay_rows(replay, act, leaf);
	}
}

void replay_act(struct replay *replay, struct act *act)
{
	bool readable = true;

	number_act(replay, act);
	for (size_t i = 0; i < act->leaf_count; i++)
		readable &= check_leaf(replay, act, &act->leaves[i]);
	replay->leaves += (int64_t)act->leaf_count;
	replay_request(replay, act);
	if (act->leaves[0].content) {
		check_moments(replay, act);
		replay->today = day_of(act->leaves[0].recorded_us);
	}
	replay->author = act->leaves[0].content ? authority_author(replay, act) : NULL;
	if (replay->author)
		act->signer = replay->author->key;
	if (act->input && readable) {
		authority_check(replay, act);
		derive_check(replay, act);
	}
	take_over(replay, act);
	if (act->founding && act->jws)
		sign_founding(replay, act);
	if (readable)
		derive_after(replay, act);
	for (size_t i = 0; i < replay->observer_count; i++)
		replay->observers[i].act(replay->observers[i].arg, replay, act);
}
