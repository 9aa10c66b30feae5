/* What derivations of money share; see derive_money.h. */
#include "audit/derive_money.h"

#include <stdio.h>
#include <string.h>

const struct item *money_fund(struct replay *replay, const struct act *act, size_t place, const json_t *input, const char *field)
{
	const char *code = row_text(input, field);
	const struct node *node = code ? registry_node_coded(replay->registry, code) : NULL;
	const struct item *fund = node ? registry_item(replay->registry, "fund", node->id) : NULL;

	if (!fund && !replay->partial)
		expect_broken(replay, act, place, "unknown_fund", code, NULL);
	return fund;
}

/* The purpose of that label that a leaf makes, 0 if it makes none. */
static int64_t made_in(const struct leaf *leaf, const char *label)
{
	const json_t *rows = leaf_rows(leaf, "purpose"), *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		const char *found = row_text(row, "label");

		if (found && strcmp(found, label) == 0)
			return row_number(row, "id", 0);
	}
	return 0;
}

/* What the leaf's own row says; for a purpose that a leaf made which is not in a partial log. */
static int64_t said_in(const struct leaf *leaf)
{
	const json_t *rows = leaf_rows(leaf, "income") ? leaf_rows(leaf, "income") : leaf_rows(leaf, "disbursement");

	return row_number(json_array_get(rows, 0), "purpose", 0);
}

int64_t money_purpose(struct expect *expect, const char *label)
{
	const struct item *known = label ? registry_item_named(expect->replay->registry, "purpose", label) : NULL;

	if (!label || known || !expect->leaf)
		return known ? known->key : 0;
	for (const struct leaf *leaf = expect->act->leaves; leaf < expect->leaf; leaf++) {
		int64_t made = made_in(leaf, label);

		if (made)
			return made;
	}
	if (expect->replay->partial && !made_in(expect->leaf, label))
		return said_in(expect->leaf);
	return row_number(EXPECT_ROW(expect, "purpose", GIVEN("id"), TEXT("label", label), REQUEST), "id", 0);
}

void money_check_limits(struct replay *replay, const struct act *act, size_t place, int64_t fund, int64_t amount, int64_t purpose,
			bool restricted_only)
{
	struct past_fund has = past_fund(replay, fund);
	int64_t of_purpose = purpose ? past_of_purpose(replay, fund, purpose) : 0;
	int64_t available = restricted_only ? of_purpose : plus(of_purpose, has.unrestricted);
	int64_t left = plus(plus(has.bank, -has.payable), -amount);
	const struct item *item = registry_item(replay->registry, "fund", fund);
	int64_t lowest = item ? row_number(item->row, "min_balance", 0) : 0;
	const struct leaf *leaf = place < act->leaf_count ? &act->leaves[place] : NULL;

	if (!replay_is_whole(replay, fund))
		return;
	if (amount > available)
		replay_find_number(replay, act, leaf, restricted_only ? "purpose_overdrawn" : "limit_passed", "available", available,
				   amount);
	else if (left < lowest)
		replay_find_number(replay, act, leaf, "limit_passed", "min_balance", lowest, left);
}

/* Who asked and who approved are other people than the author. */
static void check_people(struct replay *replay, const struct act *act, const char *field, const struct past_asked *asked,
			 const struct past_answered *answered)
{
	int64_t person = replay->author->person;
	bool is_same = asked->person == person;

	for (int64_t i = 0; i < answered->approvals; i++)
		is_same |= answered->approver[i] == person;
	if (is_same)
		replay_find_number(replay, act, NULL, "same_person", field, 0, person);
}

static bool is_there(struct replay *replay, const struct act *act, const char *field, const struct past_asked *asked)
{
	char rule[32];

	snprintf(rule, sizeof(rule), "unknown_%s", field);
	if (!asked && !replay->partial)
		expect_broken_number(replay, act, 0, rule, row_number(act->input, field, 0), 0);
	return asked != NULL;
}

bool money_is_asked(struct replay *replay, const struct act *act, const char *field, const struct past_asked *asked,
		    const struct past_answered *answered)
{
	if (!is_there(replay, act, field, asked))
		return false;
	if (answered->approvals >= 2) {
		expect_broken_number(replay, act, 0, "already_approved", 2, answered->approvals + 1);
		return false;
	}
	check_people(replay, act, field, asked, answered);
	return true;
}

void money_expect_approval(struct expect *expect, const char *table, const char *field, int64_t id, const struct past_answered *answered)
{
	if (answered->approvals == 1)
		EXPECT_ROW(expect, table, NUMBER(field, id), NUMBER("ordinal", 2), NUMBER("entry", expect->leaf->entry),
			   NUMBER("person", expect->replay->author->person), REQUEST);
	else
		EXPECT_ROW(expect, table, NUMBER(field, id), NUMBER("ordinal", 1), NUMBER("person", expect->replay->author->person),
			   REQUEST);
}

bool money_is_payable(struct replay *replay, const struct act *act, const char *field, const struct past_asked *asked,
		      const struct past_answered *answered, int64_t day)
{
	char days[2][DAY_TEXT];

	if (!is_there(replay, act, field, asked))
		return false;
	if (answered->approvals < 2)
		expect_broken_number(replay, act, 0, "not_approved", 2, answered->approvals);
	if (answered->paid)
		expect_broken_number(replay, act, 0, "already_paid", 0, answered->paid);
	check_people(replay, act, field, asked, answered);
	money_check_day(replay, act, 0, day);
	if (answered->approvals == 2 && day < answered->owed_on) {
		day_text(answered->owed_on, days[0]);
		day_text(day, days[1]);
		expect_broken(replay, act, 0, "paid_before_approved", days[0], days[1]);
	}
	return true;
}

void money_check_day(struct replay *replay, const struct act *act, size_t place, int64_t day)
{
	char days[2][DAY_TEXT];

	if (day <= replay->today)
		return;
	day_text(replay->today, days[0]);
	day_text(day, days[1]);
	expect_broken(replay, act, place, "dated_in_future", days[0], days[1]);
}
