/* Points: their rules, and what becomes of them in shops. */
#include "audit/derive.h"
#include "audit/expect.h"
#include "audit/past.h"

#include <string.h>

static void rule_set(struct replay *replay, const struct act *act)
{
	const json_t *input = act->input;
	struct expect expect = expect_plain(replay, act, 0);
	int64_t from = input_day(input, "effective_from", 0);

	if (from < replay->today && registry_count(replay->registry, "rule"))
		expect_broken(replay, act, 0, "rule_in_the_past", NULL, row_text(input, "effective_from"));
	EXPECT_ROW(&expect, "rule", GIVEN("id"), DAY("effective_from", from), AMOUNT("points", row_number(input, "points", 0)),
		   NUMBER("minutes", row_number(input, "minutes", 0)), NUMBER("daily_minutes", row_number(input, "daily_minutes", 0)),
		   NUMBER("lot_days", row_number(input, "lot_days", 0)), AMOUNT("fen_per_point", row_number(input, "fen_per_point", 0)),
		   AMOUNT("till_daily_points", row_number(input, "till_daily_points", 0)),
		   AMOUNT("volunteer_daily_points", row_number(input, "volunteer_daily_points", 0)), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

/* ---- redemption */

static const struct item *shop_coded(const struct replay *replay, const char *code)
{
	const struct node *node = code ? registry_node_coded(replay->registry, code) : NULL;

	return node ? registry_item(replay->registry, "shop", node->id) : NULL;
}

/* What a volunteer and a till may redeem in a day, and what a shop may have unsettled. */
static void check_caps(struct replay *replay, const struct act *act, const struct rule *rule, const struct item *shop, int64_t volunteer,
		       int64_t points)
{
	int64_t by_till = plus(past_daily(replay, 't', replay->author->id, replay->today), points);
	const struct past_redeemed *before = past_redeemed(replay, volunteer);
	int64_t by_volunteer = plus(before && before->day == replay->today ? before->points : 0, points);
	int64_t unsettled = plus(points, -replay_account(replay, "P2400", shop->key, 0, false).balance);
	int64_t limit = row_number(shop->row, "unsettled_limit", 0);

	if (by_till > rule->till_daily_points)
		replay_find_number(replay, act, NULL, "cap_passed", "till_daily_points", rule->till_daily_points, by_till);
	if (by_volunteer > rule->volunteer_daily_points)
		replay_find_number(replay, act, NULL, "cap_passed", "volunteer_daily_points", rule->volunteer_daily_points, by_volunteer);
	if (unsettled > limit)
		replay_find_number(replay, act, NULL, "limit_passed", "unsettled_limit", limit, unsettled);
}

/* A lot that the leaf takes from although its day had gone. */
static void check_expiry(struct replay *replay, const struct act *act, const struct leaf *leaf)
{
	const json_t *lots = leaf->posting_count ? leaf->postings[0].lots : NULL, *lot;
	size_t i;

	json_array_foreach(lots, i, lot) {
		const struct past_lot *about = past_lot(replay, json_integer_value(json_array_get(lot, 0)));
		char days[2][DAY_TEXT];

		if (!about || about->expires >= replay->today)
			continue;
		day_text(about->expires, days[0]);
		day_text(replay->today, days[1]);
		replay_find(replay, act, leaf, "lot_expired", "lots", days[0], days[1]);
	}
}

/* The lots that expire first are spent first, as much of each as there is. False if there is not enough. */
static bool expect_spent(struct expect *expect, int64_t volunteer, int64_t points)
{
	const struct replay *replay = expect->replay;
	size_t place = 0;

	for (int64_t lot = past_next_lot(replay, volunteer, 0); lot && points > 0; lot = past_next_lot(replay, volunteer, lot)) {
		const struct past_lot *about = past_lot(replay, lot);
		int64_t taken = about->remaining < points ? about->remaining : points;

		if (taken <= 0 || about->expires < replay->today)
			continue;
		expect_lot(expect, place++, lot, -taken);
		points -= taken;
	}
	expect_lots(expect, place);
	return points == 0;
}

static void check_make(struct replay *replay, const struct act *act, const struct item *shop)
{
	const struct rule *rule = registry_rule_on(replay->registry, replay->today);
	int64_t volunteer = row_number(act->input, "volunteer", 0), points = row_number(act->input, "points", 0);
	struct expect expect = expect_entry(replay, act, 0, "redemption", "points", replay->today, 0);

	if (!rule) {
		expect_broken_number(replay, act, 0, "no_rule", 0, replay->today);
		return;
	}
	EXPECT_ROW(&expect, "redemption", NUMBER("entry", act->leaves[0].entry), NUMBER("shop", shop->key), NUMBER("volunteer", volunteer),
		   AMOUNT("points", points), AMOUNT("fen", times(points, rule->fen_per_point)), NUMBER("operator", replay->author->id),
		   TEXT("goods", row_text(act->input, "goods")), REQUEST);
	expect_line(&expect, "P2100", volunteer, points);
	if (!replay->partial) {
		check_expiry(replay, act, &act->leaves[0]);
		if (!expect_spent(&expect, volunteer, points))
			expect_broken_number(replay, act, 0, "not_enough_points", points, volunteer);
	}
	expect_line(&expect, "P2400", shop->key, -points);
	expect_end(&expect);
	if (!replay->partial)
		check_caps(replay, act, rule, shop, volunteer, points);
}

static void redemption_make(struct replay *replay, const struct act *act)
{
	const char *code = row_text(act->input, "shop");
	const struct item *shop = shop_coded(replay, code);
	int64_t volunteer = row_number(act->input, "volunteer", 0);

	if (!shop) {
		expect_broken(replay, act, 0, "unknown_shop", code, NULL);
		return;
	}
	if (!replay->partial && !past_community(replay, volunteer))
		expect_broken_number(replay, act, 0, "unknown_volunteer", 0, volunteer);
	check_make(replay, act, shop);
	expect_leaves(replay, act, 1);
}

/* ---- refund */

/* They go back into the lots that they came from, the last spent first; what earlier refunds gave back is passed over. */
static void expect_returned(struct expect *expect, int64_t entry, int64_t returned, int64_t points)
{
	const struct past_part *part = past_part(expect->replay, entry, 0);
	size_t place = 0;

	for (int64_t n = part ? part->count : 0; n > 0 && points > 0; n--) {
		int64_t passed, given;

		part = past_part(expect->replay, entry, n - 1);
		passed = part->amount < returned ? part->amount : returned;
		given = part->amount - passed < points ? part->amount - passed : points;
		returned -= passed;
		points -= given;
		if (given > 0)
			expect_lot(expect, place++, part->lot, given);
	}
	expect_lots(expect, place);
}

static void check_refund(struct replay *replay, const struct act *act, const struct past_redemption *paid, int64_t redemption,
			 int64_t points)
{
	struct expect expect = expect_entry(replay, act, 0, "redemption_refund", "points", replay->today, 0);
	int64_t rate = paid->points > 0 ? paid->fen / paid->points : 0;

	EXPECT_ROW(&expect, "redemption_refund", NUMBER("entry", act->leaves[0].entry), NUMBER("redemption", redemption),
		   NUMBER("shop", paid->shop), AMOUNT("points", points), AMOUNT("fen", times(points, rate)), REQUEST);
	expect_line(&expect, "P2400", paid->shop, points);
	expect_line(&expect, "P2100", paid->volunteer, -points);
	expect_returned(&expect, redemption, paid->refunded, points);
	expect_end(&expect);
}

static void redemption_refund(struct replay *replay, const struct act *act)
{
	int64_t redemption = row_number(act->input, "redemption", 0), points = row_number(act->input, "points", 0);
	const struct past_redemption *paid = past_redemption(replay, redemption);
	const struct item *shop = paid ? registry_item(replay->registry, "shop", paid->shop) : NULL;
	int64_t owed;

	if (!paid) {
		if (!replay->partial)
			expect_broken_number(replay, act, 0, "unknown_redemption", redemption, 0);
		return;
	}
	if (plus(paid->refunded, points) > paid->points)
		expect_broken_number(replay, act, 0, "more_than_redeemed", paid->points - paid->refunded, points);
	check_refund(replay, act, paid, redemption, points);
	owed = plus(replay_account(replay, "P2400", paid->shop, 0, false).balance, points);
	if (!replay->partial && shop && owed > row_number(shop->row, "return_limit", 0))
		replay_find_number(replay, act, NULL, "limit_passed", "return_limit", row_number(shop->row, "return_limit", 0), owed);
	expect_leaves(replay, act, 1);
}

const struct derivation derive_points[] = {
	{"redemption_make", "redemption", redemption_make},
	{"redemption_refund", "redemption_refund", redemption_refund},
	{"rule_set", "rule", rule_set},
	{.op = NULL},
};
