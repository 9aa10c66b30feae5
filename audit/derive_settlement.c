/* Settlement of a shop: it claims, two approve, another one pays. */
#include "audit/derive.h"
#include "audit/derive_money.h"
#include "audit/expect.h"
#include "audit/past.h"

/* What the claim's own row says: a partial log may lack the shop's redemptions. */
static struct past_unclaimed said_in(const struct leaf *leaf)
{
	const json_t *row = json_array_get(leaf_rows(leaf, "settlement"), 0);

	return (struct past_unclaimed){.points = row_number(row, "points", 0),
				       .fen = row_number(row, "fen", 0),
				       .last = row_number(row, "upto_entry", 0),
				       .from = row_number(row, "from_entry", 0)};
}

static void settlement_claim(struct replay *replay, const struct act *act)
{
	const char *code = row_text(act->input, "shop");
	const struct node *node = code ? registry_node_coded(replay->registry, code) : NULL;
	const struct item *shop = node ? registry_item(replay->registry, "shop", node->id) : NULL;
	struct expect expect = expect_plain(replay, act, 0);
	struct past_unclaimed unclaimed;

	if (!shop) {
		expect_broken(replay, act, 0, "unknown_shop", code, NULL);
		return;
	}
	unclaimed = replay->partial ? said_in(&act->leaves[0]) : past_unclaimed(replay, shop->key);
	if (unclaimed.points <= 0 || unclaimed.fen <= 0)
		expect_broken_number(replay, act, 0, "nothing_to_settle", 0, unclaimed.points);
	EXPECT_ROW(&expect, "settlement", GIVEN("id"), NUMBER("shop", shop->key), NUMBER("fund", row_number(shop->row, "fund", 0)),
		   NUMBER("from_entry", unclaimed.from), NUMBER("upto_entry", unclaimed.last), AMOUNT("points", unclaimed.points),
		   AMOUNT("fen", unclaimed.fen), NUMBER("person", replay->author->person), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

static void settlement_approve(struct replay *replay, const struct act *act)
{
	int64_t id = row_number(act->input, "settlement", 0), day = input_day(act->input, "occurred_on", replay->today);
	struct past_answered answered;
	const struct past_asked *claimed = past_settlement(replay, id, &answered);
	bool is_second = answered.approvals == 1;
	struct expect expect;

	if (!money_is_asked(replay, act, "settlement", claimed, &answered))
		return;
	money_check_day(replay, act, 0, day);
	expect = is_second ? expect_entry(replay, act, 0, "settlement_approval", "money", day, 0) : expect_plain(replay, act, 0);
	money_expect_approval(&expect, "settlement_approval", "settlement", id, &answered);
	if (is_second) {
		expect_line(&expect, "5101", claimed->fund, claimed->amount);
		expect_line(&expect, "2202", claimed->fund, -claimed->amount);
		money_check_limits(replay, act, 0, claimed->fund, claimed->amount, 0, false);
	}
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

/* Two entries: what the fund pays, and what the shop has no longer unsettled. */
static void check_payment(struct replay *replay, const struct act *act, int64_t id, const struct past_asked *claimed, int64_t day)
{
	struct expect money = expect_entry(replay, act, 0, "settlement_payment", "money", day, 0);
	struct expect points = expect_entry(replay, act, 1, "settlement_payment", "points", day, 0);

	EXPECT_ROW(&money, "settlement_payment", NUMBER("settlement", id), NUMBER("entry", act->leaves[0].entry),
		   NUMBER("points_entry", points.leaf ? points.leaf->entry : 0),
		   TEXT("bank_reference", row_text(act->input, "bank_reference")), DAY("paid_on", day),
		   NUMBER("person", replay->author->person), REQUEST);
	expect_line(&money, "2202", claimed->fund, claimed->amount);
	expect_line(&money, "1002", claimed->fund, -claimed->amount);
	expect_end(&money);
	expect_line(&points, "P2400", claimed->about, claimed->points);
	expect_line(&points, "P3300", 0, -claimed->points);
	expect_end(&points);
}

static void settlement_pay(struct replay *replay, const struct act *act)
{
	int64_t id = row_number(act->input, "settlement", 0), day = input_day(act->input, "paid_on", replay->today), owed;
	struct past_answered answered;
	const struct past_asked *claimed = past_settlement(replay, id, &answered);
	const struct item *shop = claimed ? registry_item(replay->registry, "shop", claimed->about) : NULL;

	if (!money_is_payable(replay, act, "settlement", claimed, &answered, day) || !claimed) /* the one implies the other */
		return;
	check_payment(replay, act, id, claimed, day);
	owed = plus(replay_account(replay, "P2400", claimed->about, 0, false).balance, claimed->points);
	if (!replay->partial && shop && owed > row_number(shop->row, "return_limit", 0))
		replay_find_number(replay, act, NULL, "limit_passed", "return_limit", row_number(shop->row, "return_limit", 0), owed);
	expect_leaves(replay, act, 2);
}

const struct derivation derive_settlement[] = {
	{"settlement_claim", "settlement", settlement_claim},
	{"settlement_approve", "settlement_approval", settlement_approve},
	{"settlement_pay", "settlement_payment", settlement_pay},
	{.op = NULL},
};
