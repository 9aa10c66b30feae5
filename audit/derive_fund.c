/* Money that comes to funds and goes between them, and entries that are taken back. */
#include "audit/authority.h"
#include "audit/derive.h"
#include "audit/derive_money.h"
#include "audit/derive_node.h"
#include "audit/expect.h"
#include "audit/past.h"

#include <string.h>

static bool is_kind(const struct item *fund, const char *kind)
{
	const char *found = row_text(fund->row, "kind");

	return found && strcmp(found, kind) == 0;
}

/* ---- opening */

static bool has_general(const struct replay *replay, int64_t host)
{
	const struct item *fund;

	for (size_t i = 0; (fund = registry_item_at(replay->registry, "fund", i)); i++)
		if (row_number(fund->row, "host", 0) == host && is_kind(fund, "general"))
			return true;
	return false;
}

/* An administrator opens funds and never posts money; a treasurer takes over those that bring money. */
static void check_role(struct replay *replay, const struct act *act, const struct node *parent, bool brings_money)
{
	if (!registry_holds(replay->registry, replay->author->id, brings_money ? "treasurer" : "administrator", parent->id))
		authority_refuse(replay, act, 0, "opening", parent->id);
}

static void check_opening(struct replay *replay, const struct act *act, const struct node *parent, const struct node *host, int64_t opening)
{
	int64_t day = input_day(act->input, "opened_on", replay->today);
	const char *kind = row_text(act->input, "kind");
	struct expect expect = opening ? expect_entry(replay, act, 0, "fund_opening", "money", day, 0) : expect_plain(replay, act, 0);
	int64_t node = expect_node(&expect, parent, "fund");

	EXPECT_ROW(&expect, "fund", NUMBER("node", node), NUMBER("host", host->id), TEXT("kind", kind),
		   AMOUNT("min_balance", row_number(act->input, "min_balance", 0)), DAY("opened_on", day), REQUEST);
	if (opening) {
		EXPECT_ROW(&expect, "fund_opening", NUMBER("entry", act->leaves[0].entry), NUMBER("fund", node), AMOUNT("amount", opening),
			   REQUEST);
		expect_line(&expect, "1002", node, opening);
		expect_line(&expect, "3101", node, -opening);
	}
	expect_end(&expect);
	money_check_day(replay, act, 0, day);
}

static void fund_open(struct replay *replay, const struct act *act)
{
	const struct node *parent = node_named(replay, act, "parent"), *host = node_named(replay, act, "host");
	const char *kind = row_text(act->input, "kind");

	if (!parent || !host)
		return;
	if (!node_level(parent->kind) && strcmp(parent->kind, "host") != 0)
		expect_broken(replay, act, 0, "wrong_parent", NULL, parent->kind);
	if (strcmp(host->kind, "host") != 0)
		expect_broken(replay, act, 0, "unknown_host", NULL, host->code);
	if (kind && strcmp(kind, "general") == 0 && has_general(replay, host->id))
		expect_broken(replay, act, 0, "already_exists", NULL, host->code);
	check_role(replay, act, parent, json_object_get(act->input, "opening") != NULL);
	check_opening(replay, act, parent, host, row_number(act->input, "opening", 0));
	expect_leaves(replay, act, 1);
}

/* ---- transfer */

/* The code of the rule that such a transfer between these funds breaks, NULL if it breaks none. */
static const char *transfer_fault(const struct item *from, const struct item *to, const char *kind)
{
	if (from->key == to->key)
		return "same_fund";
	if (row_number(from->row, "host", 0) != row_number(to->row, "host", 0))
		return "different_hosts";
	if (strcmp(kind, "seed") == 0 && !is_kind(from, "general"))
		return "fund_not_general";
	return strcmp(kind, "charge") == 0 && !is_kind(to, "general") ? "fund_not_general" : NULL;
}

/* The node of a fund that takes part, or what the leaf's row says where a partial log lacks the fund. */
static int64_t side(const struct item *fund, const struct leaf *leaf, const char *member)
{
	return fund ? fund->key : row_number(json_array_get(leaf_rows(leaf, "fund_transfer"), 0), member, 0);
}

static void expect_transfer(struct replay *replay, const struct act *act, int64_t from, int64_t to, int64_t day)
{
	struct expect expect = expect_entry(replay, act, 0, "fund_transfer", "money", day, 0);
	int64_t amount = row_number(act->input, "amount", 0);

	EXPECT_ROW(&expect, "fund_transfer", NUMBER("entry", act->leaves[0].entry), TEXT("kind", row_text(act->input, "kind")),
		   NUMBER("from_fund", from), NUMBER("to_fund", to), AMOUNT("amount", amount), TEXT("note", row_text(act->input, "note")),
		   NUMBER("person", replay->author->person), REQUEST);
	expect_line(&expect, "1002", to, amount);
	expect_line(&expect, "3199", to, -amount);
	expect_line(&expect, "3199", from, amount);
	expect_line(&expect, "1002", from, -amount);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

static void fund_transfer(struct replay *replay, const struct act *act)
{
	const struct item *from = money_fund(replay, act, 0, act->input, "from"), *to = money_fund(replay, act, 0, act->input, "to");
	int64_t amount = row_number(act->input, "amount", 0), day = input_day(act->input, "occurred_on", replay->today);
	const char *kind = row_text(act->input, "kind");
	const char *fault = from && to ? transfer_fault(from, to, kind ? kind : "") : NULL;

	if ((!from || !to) && !replay->partial)
		return;
	if (fault)
		expect_broken(replay, act, 0, fault, NULL, kind);
	money_check_day(replay, act, 0, day);
	if (from)
		money_check_limits(replay, act, 0, from->key, amount, 0, false);
	expect_transfer(replay, act, side(from, &act->leaves[0], "from_fund"), side(to, &act->leaves[0], "to_fund"), day);
}

/* ---- income */

static void campaign_open(struct replay *replay, const struct act *act)
{
	const struct item *fund = money_fund(replay, act, 0, act->input, "fund");
	const char *code = row_text(act->input, "code");
	int64_t starts = input_day(act->input, "starts_on", 0), ends = input_day(act->input, "ends_on", 0);
	struct expect expect = expect_plain(replay, act, 0);

	if (!fund)
		return;
	if (code && registry_item_named(replay->registry, "campaign", code))
		expect_broken(replay, act, 0, "already_exists", NULL, code);
	if (ends < starts)
		expect_broken(replay, act, 0, "ends_before_start", row_text(act->input, "starts_on"), row_text(act->input, "ends_on"));
	EXPECT_ROW(&expect, "campaign", GIVEN("id"), TEXT("code", code), NUMBER("fund", fund->key),
		   TEXT("filing_no", row_text(act->input, "filing_no")), TEXT("name", row_text(act->input, "name")),
		   DAY("starts_on", starts), DAY("ends_on", ends), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

static const struct {
	const char *channel, *account;
	bool is_gift; /* may be restricted, and has a donor or is anonymous */
} channels[] = {
	{"public", "4101", true},  {"sponsorship", "4101", true},    {"service_commission", "4301", false},
	{"grant", "4401", true},   {"lottery_share", "4901", false}, {"other", "4901", false},
};

/* A line of income, with what it names looked up. */
struct income {
	const json_t *line;
	const struct item *fund, *campaign;
	const char *channel, *account, *label;
	bool is_gift, is_public;
	int64_t amount, day, purpose;
};

static bool is_outside(const struct income *income)
{
	int64_t starts = input_day(income->campaign->row, "starts_on", 0), ends = input_day(income->campaign->row, "ends_on", 0);

	return income->day < starts || income->day > ends;
}

static const char *income_fault(const struct income *income)
{
	bool names_campaign = json_object_get(income->line, "campaign") != NULL;

	if (income->is_public && !names_campaign)
		return "campaign_required";
	if (!income->is_public && names_campaign)
		return "campaign_not_allowed";
	if (income->is_public && !income->campaign)
		return "unknown_campaign";
	if (income->is_public && is_outside(income))
		return "outside_campaign_window";
	if (income->label && !income->is_gift)
		return "cannot_be_restricted";
	return income->is_gift && !json_object_get(income->line, "donor") && !row_flag(income->line, "anonymous") ? "donor_required" : NULL;
}

static struct income income_of(const struct replay *replay, const json_t *line, const struct item *fund)
{
	const char *campaign = row_text(line, "campaign"), *channel = row_text(line, "channel");
	struct income income = {.line = line,
				.fund = fund,
				.channel = channel ? channel : "",
				.account = "4901",
				.label = row_text(line, "purpose"),
				.amount = row_number(line, "amount", 0),
				.day = input_day(line, "occurred_on", replay->today)};

	for (size_t i = 0; i < sizeof(channels) / sizeof(*channels); i++)
		if (strcmp(channels[i].channel, income.channel) == 0) {
			income.account = channels[i].account;
			income.is_gift = channels[i].is_gift;
		}
	income.is_public = strcmp(income.channel, "public") == 0;
	income.campaign = campaign ? registry_item_named(replay->registry, "campaign", campaign) : NULL;
	if (income.campaign && row_number(income.campaign->row, "fund", 0) != fund->key)
		income.campaign = NULL;
	return income;
}

static void expect_income(struct expect *expect, const struct income *income)
{
	const json_t *line = income->line;
	const char *kind = row_text(line, "donor_kind");
	int64_t purpose = money_purpose(expect, income->label);

	EXPECT_ROW(expect, "income", NUMBER("entry", expect->leaf->entry), NUMBER("fund", income->fund->key),
		   TEXT("channel", income->channel), income->campaign ? NUMBER("campaign", income->campaign->key) : TEXT("campaign", NULL),
		   NUMBER("purpose", purpose), AMOUNT("amount", income->amount), TEXT("donor", row_text(line, "donor")),
		   TEXT("donor_kind", kind ? kind : "other"), FLAG("anonymous", row_flag(line, "anonymous")),
		   TEXT("bank_reference", row_text(line, "bank_reference")), TEXT("note", row_text(line, "note")),
		   NUMBER("person", expect->replay->author->person), REQUEST);
	expect_line(expect, "1002", income->fund->key, income->amount);
	expect_line_of(expect, income->account, income->fund->key, -income->amount, income->label != NULL, purpose);
}

static void check_income(struct replay *replay, const struct act *act, size_t place, const json_t *line)
{
	const struct item *fund = money_fund(replay, act, place, line, "fund");
	struct income income;
	struct expect expect;
	const char *fault;

	if (!fund)
		return;
	income = income_of(replay, line, fund);
	fault = income_fault(&income);
	if (fault)
		expect_broken(replay, act, place, fault, NULL, income.channel);
	money_check_day(replay, act, place, income.day);
	expect = expect_entry(replay, act, place, "income", "money", income.day, 0);
	if (expect.leaf)
		expect_income(&expect, &income);
	expect_end(&expect);
}

static void income_receive(struct replay *replay, const struct act *act)
{
	check_income(replay, act, 0, act->input);
	expect_leaves(replay, act, 1);
}

static void income_import(struct replay *replay, const struct act *act)
{
	const json_t *lines = json_object_get(act->input, "lines"), *line;
	size_t i;

	json_array_foreach(lines, i, line)
		check_income(replay, act, i, line);
	expect_leaves(replay, act, json_array_size(lines));
}

/* ---- taking back: that the lines are the opposite of those of the reversed entry is judged when they are posted */

static int64_t restricted_to(const struct leaf *leaf)
{
	int64_t purpose = 0;

	for (size_t i = 0; i < leaf->posting_count; i++)
		if (leaf->postings[i].restricted && leaf->postings[i].purpose > purpose)
			purpose = leaf->postings[i].purpose;
	return purpose;
}

/* The fund that had received the money gives it back: what it was restricted to must still be there. */
static void check_taken(struct replay *replay, const struct act *act, const struct leaf *leaf)
{
	int64_t purpose = restricted_to(leaf);

	for (size_t i = 0; i < leaf->posting_count; i++) {
		const struct posting *posting = &leaf->postings[i];

		if (strcmp(posting->account, "1002") == 0 && posting->amount < 0)
			money_check_limits(replay, act, 0, posting->owner, -posting->amount, purpose, purpose != 0);
	}
}

static void entry_reverse(struct replay *replay, const struct act *act)
{
	int64_t number = row_number(act->input, "entry", 0);
	const struct past_entry *reversed = past_entry(replay, number);
	struct expect expect = expect_entry(replay, act, 0, "entry_reversal", "money", replay->today, number);

	if (!reversed && !replay->partial)
		expect_broken_number(replay, act, 0, "not_reversible", 0, number);
	EXPECT_ROW(&expect, "entry_reversal", NUMBER("entry", act->leaves[0].entry), TEXT("reason", row_text(act->input, "reason")),
		   NUMBER("person", replay->author->person), REQUEST);
	expect.lines = act->leaves[0].posting_count;
	expect_end(&expect);
	check_taken(replay, act, &act->leaves[0]);
	expect_leaves(replay, act, 1);
}

const struct derivation derive_fund[] = {
	{"income_receive", "income purpose", income_receive},
	{"income_import", "income purpose", income_import},
	{"fund_transfer", "fund_transfer", fund_transfer},
	{"fund_open", "node fund fund_opening", fund_open},
	{"campaign_open", "campaign", campaign_open},
	{"entry_reverse", "entry_reversal", entry_reverse},
	{.op = NULL},
};
