/* Disbursements: one asks the committee, two approve, another one pays. */
#include "audit/derive.h"
#include "audit/derive_money.h"
#include "audit/expect.h"
#include "audit/past.h"

static void disbursement_request(struct replay *replay, const struct act *act)
{
	const json_t *input = act->input;
	const struct item *fund = money_fund(replay, act, 0, input, "fund");
	const char *label = row_text(input, "purpose"), *kind = row_text(input, "payee_kind");
	struct expect expect = expect_plain(replay, act, 0);
	int64_t amount = row_number(input, "amount", 0), purpose;

	if (!fund)
		return;
	purpose = money_purpose(&expect, label);
	money_check_limits(replay, act, 0, fund->key, amount, purpose, false);
	EXPECT_ROW(&expect, "disbursement", GIVEN("id"), NUMBER("fund", fund->key), NUMBER("purpose", purpose),
		   AMOUNT("amount", amount), TEXT("payee", row_text(input, "payee")), TEXT("payee_kind", kind ? kind : "other"),
		   TEXT("resolution", row_text(input, "resolution")), TEXT("content", row_text(input, "content")),
		   NUMBER("person", replay->author->person), DAY("requested_on", replay->today), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What is restricted to the purpose is released, as much as is spent: of earlier years first, then gifts, then grants. */
static void expect_release(struct expect *expect, int64_t fund, int64_t purpose, int64_t amount)
{
	static const struct {
		const char *from, *to;
	} pairs[] = {{"3102", "3101"}, {"4101", "4101"}, {"4401", "4401"}};
	int64_t rest = purpose ? least(amount, past_of_purpose(expect->replay, fund, purpose)) : 0;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		int64_t part = least(rest, -replay_account(expect->replay, pairs[i].from, fund, purpose, true).balance);

		if (part <= 0)
			continue;
		expect_line_of(expect, pairs[i].from, fund, part, true, purpose);
		expect_line(expect, pairs[i].to, fund, -part);
		rest -= part;
	}
}

static void check_cost(struct expect *expect, const struct past_asked *asked)
{
	expect_line_of(expect, "5101", asked->fund, asked->amount, false, asked->about);
	expect_line(expect, "2209", asked->fund, -asked->amount);
	if (replay_is_whole(expect->replay, asked->fund))
		expect_release(expect, asked->fund, asked->about, asked->amount);
	else if (expect->leaf)
		expect->lines = expect->leaf->posting_count;
	money_check_limits(expect->replay, expect->act, 0, asked->fund, asked->amount, asked->about, false);
}

static void disbursement_approve(struct replay *replay, const struct act *act)
{
	int64_t id = row_number(act->input, "disbursement", 0), day = input_day(act->input, "occurred_on", replay->today);
	struct past_answered answered;
	const struct past_asked *asked = past_disbursement(replay, id, &answered);
	bool is_second = answered.approvals == 1;
	struct expect expect;

	if (!money_is_asked(replay, act, "disbursement", asked, &answered))
		return;
	money_check_day(replay, act, 0, day);
	expect = is_second ? expect_entry(replay, act, 0, "disbursement_approval", "money", day, 0) : expect_plain(replay, act, 0);
	money_expect_approval(&expect, "disbursement_approval", "disbursement", id, &answered);
	if (is_second)
		check_cost(&expect, asked);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

static void disbursement_pay(struct replay *replay, const struct act *act)
{
	int64_t id = row_number(act->input, "disbursement", 0), day = input_day(act->input, "paid_on", replay->today);
	struct past_answered answered;
	const struct past_asked *asked = past_disbursement(replay, id, &answered);
	struct expect expect;

	if (!money_is_payable(replay, act, "disbursement", asked, &answered, day))
		return;
	expect = expect_entry(replay, act, 0, "disbursement_payment", "money", day, 0);
	EXPECT_ROW(&expect, "disbursement_payment", NUMBER("disbursement", id), NUMBER("entry", act->leaves[0].entry),
		   TEXT("bank_reference", row_text(act->input, "bank_reference")), DAY("paid_on", day),
		   NUMBER("person", replay->author->person), REQUEST);
	expect_line(&expect, "2209", asked->fund, asked->amount);
	expect_line(&expect, "1002", asked->fund, -asked->amount);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

const struct derivation derive_disbursement[] = {
	{"disbursement_request", "disbursement purpose", disbursement_request},
	{"disbursement_approve", "disbursement_approval", disbursement_approve},
	{"disbursement_pay", "disbursement_payment", disbursement_pay},
	{.op = NULL},
};
