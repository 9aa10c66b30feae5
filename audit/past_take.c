/* What the log holds so far, taken over from each act; see past.h. */
#include "audit/past.h"
#include "audit/past_keys.h"

#include <stdlib.h>
#include <string.h>

static int64_t *put(struct replay *replay, enum past_letter letter, int64_t first, int64_t second)
{
	return store_put(replay->store, PAST_KEY(STORE_OTHER, letter, first, second), NULL);
}

/* Sums of what a ledger may claim do not overflow in C's sense. */
static void add(int64_t *sum, int64_t amount)
{
	*sum = (int64_t)((uint64_t)*sum + (uint64_t)amount);
}

/* ---- lots in the order in which they are spent: by the day they expire on, then by number */

static bool is_spendable(const struct replay *replay, int64_t lot)
{
	const struct past_lot *about = past_lot(replay, lot);

	return about && about->remaining > 0 && about->expires >= replay->today;
}

static bool is_before(const struct replay *replay, int64_t lot, int64_t other)
{
	int64_t expires = past_lot(replay, lot)->expires, others = past_lot(replay, other)->expires;

	return expires < others || (expires == others && lot < other);
}

/* The first of them that a lot stands before, or 0; *ret_before is the one before it, or 0. */
static int64_t place_of_lot(const struct replay *replay, int64_t volunteer, int64_t lot, int64_t *ret_before)
{
	const int64_t *head = past_get(replay, HEAD, volunteer, 0);
	int64_t next = head[0], last = head[1];

	*ret_before = 0;
	if (last && !is_before(replay, lot, last)) {
		*ret_before = last;
		return 0;
	}
	while (next && !is_before(replay, lot, next)) {
		*ret_before = next;
		next = past_next_lot(replay, volunteer, next);
	}
	return next;
}

static void link_lot(struct replay *replay, int64_t volunteer, int64_t lot)
{
	int64_t *link = put(replay, LINK, lot, 0), *head, before, next;

	if (link[1])
		return;
	put(replay, HEAD, volunteer, 0);
	next = place_of_lot(replay, volunteer, lot, &before);
	link = past_get(replay, LINK, lot, 0);
	link[0] = next;
	link[1] = 1;
	head = past_get(replay, HEAD, volunteer, 0);
	if (before)
		past_get(replay, LINK, before, 0)[0] = lot;
	else
		head[0] = lot;
	if (!next)
		head[1] = lot;
}

/* Those at the front that cannot be spent any more go. */
static void drop_lots(const struct replay *replay, int64_t volunteer)
{
	int64_t *head = past_get(replay, HEAD, volunteer, 0);

	while (head && head[0] && !is_spendable(replay, head[0])) {
		int64_t *link = past_get(replay, LINK, head[0], 0);

		head[0] = link[0];
		link[0] = link[1] = 0;
	}
	if (head && !head[0])
		head[1] = 0;
}

static void take_lots(struct replay *replay, const struct posting *posting)
{
	const json_t *lot;
	size_t i;

	if (replay->partial)
		return;
	json_array_foreach(posting->lots, i, lot) {
		int64_t id = json_integer_value(json_array_get(lot, 0));

		if (is_spendable(replay, id))
			link_lot(replay, posting->owner, id);
	}
	drop_lots(replay, posting->owner);
}

/* ---- money */

static void take_money(struct replay *replay, const struct posting *posting)
{
	struct past_fund *fund = (struct past_fund *)put(replay, FUND, posting->fund, 0);
	int64_t minus = (int64_t)(0 - (uint64_t)posting->amount);

	if (strcmp(posting->account, "1002") == 0)
		add(&fund->bank, posting->amount);
	else if (posting->account[0] == '2')
		add(&fund->payable, minus);
	else if (posting->account[0] >= '3' && posting->account[0] <= '5')
		add(posting->restricted ? &fund->restricted : &fund->unrestricted, minus);
	if (posting->restricted && posting->account[0] >= '3' && posting->account[0] <= '5')
		add(put(replay, PURPOSE, posting->fund, posting->purpose), minus);
}

static void take_postings(struct replay *replay, const struct leaf *leaf)
{
	for (size_t i = 0; i < leaf->posting_count; i++) {
		const struct posting *posting = &leaf->postings[i];

		if (posting->fund)
			take_money(replay, posting);
		else if (posting->lots)
			take_lots(replay, posting);
	}
	if (leaf->reverses) {
		struct past_entry *reversed = (struct past_entry *)past_get(replay, ENTRY, leaf->reverses, 0);

		if (reversed)
			reversed->reversed = leaf->entry;
	}
}

/* ---- rows, one function a table */

typedef void take_fn(struct replay *replay, const struct leaf *leaf, const json_t *row);

static int64_t number(const json_t *row, const char *member)
{
	return row_number(row, member, 0);
}

static const json_t *lots_of(const struct leaf *leaf)
{
	for (size_t i = 0; i < leaf->posting_count; i++)
		if (leaf->postings[i].lots)
			return leaf->postings[i].lots;
	return NULL;
}

static void add_daily(struct replay *replay, char kind, int64_t id, int64_t day, int64_t amount)
{
	add(store_put(replay->store, PAST_KEY(STORE_DAILY, kind, id, day), NULL), amount);
}

static void add_redeemed(struct replay *replay, int64_t volunteer, int64_t points)
{
	struct past_redeemed *redeemed = (struct past_redeemed *)store_put(replay->store, PAST_KEY(STORE_DAILY, 'v', volunteer, 0), NULL);

	if (redeemed->day != replay->today)
		*redeemed = (struct past_redeemed){.day = replay->today};
	add(&redeemed->points, points);
}

static void add_unclaimed(struct replay *replay, const struct leaf *leaf, int64_t shop, int64_t points, int64_t fen)
{
	struct past_unclaimed *unclaimed = (struct past_unclaimed *)put(replay, UNCLAIMED, shop, 0);

	add(&unclaimed->points, points);
	add(&unclaimed->fen, fen);
	unclaimed->last = leaf->entry;
}

static void take_redemption(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	const json_t *lots = lots_of(leaf), *lot;
	struct past_redemption redemption = {
		.volunteer = number(row, "volunteer"), .points = number(row, "points"), .fen = number(row, "fen"), .shop = number(row, "shop")};
	size_t i;

	*(struct past_redemption *)store_put(replay->store, PAST_KEY(STORE_REDEMPTION, 0, leaf->entry, 0), NULL) = redemption;
	json_array_foreach(lots, i, lot)
		*(struct past_part *)put(replay, PART, leaf->entry, (int64_t)i) = (struct past_part){
			.lot = json_integer_value(json_array_get(lot, 0)),
			.amount = -strtoll(json_string_value(json_array_get(lot, 1)), NULL, 10),
			.count = (int64_t)json_array_size(lots),
		};
	add_daily(replay, 't', number(row, "operator"), replay->today, redemption.points);
	add_redeemed(replay, redemption.volunteer, redemption.points);
	add_unclaimed(replay, leaf, redemption.shop, redemption.points, redemption.fen);
}

static void take_refund(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	struct past_redemption *redemption =
		(struct past_redemption *)store_get(replay->store, PAST_KEY(STORE_REDEMPTION, 0, number(row, "redemption"), 0));

	if (redemption)
		add(&redemption->refunded, number(row, "points"));
	add_unclaimed(replay, leaf, number(row, "shop"), -number(row, "points"), -number(row, "fen"));
}

static void take_record(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	int64_t id = number(row, "id"), volunteer = number(row, "volunteer"), starts = past_seconds(row_text(row, "starts_at"));
	int64_t *last, next;
	struct past_activity *activity;

	(void)leaf;
	if (past_record(replay, id)) /* a number used twice was found already; it must not make a ring */
		return;
	last = put(replay, ON_DAY, volunteer, past_day(starts));
	next = *last;
	*last = id;
	*(struct past_record *)store_put(replay->store, PAST_KEY(STORE_RECORD, 0, id, 0), NULL) = (struct past_record){
		.activity = number(row, "activity"),
		.volunteer = volunteer,
		.starts = starts,
		.ends = past_seconds(row_text(row, "ends_at")),
		.next = next,
	};
	activity = (struct past_activity *)past_get(replay, ACTIVITY, number(row, "activity"), 0);
	if (activity && !activity->count++)
		activity->first = id;
}

static void take_decision(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	int64_t id = number(row, "record"), credited = number(row, "credited_minutes");
	bool confirmed = row_flag(row, "confirmed");
	const struct past_record *record = past_record(replay, id);
	struct past_record about = record ? *record : (struct past_record){0};
	int64_t *value = store_put(replay->store, PAST_KEY(STORE_DECISION, 0, id, 0), NULL);

	value[0] = confirmed ? CONFIRMED : REJECTED;
	value[1] = leaf->entry;
	value[2] = number(row, "points");
	value[3] = credited;
	if (record)
		put(replay, DECIDED, about.activity, 0)[0]++;
	if (confirmed && record)
		add_daily(replay, 'm', about.volunteer, past_day(about.starts), credited);
}

static void take_activity(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	(void)leaf;
	*(struct past_activity *)put(replay, ACTIVITY, number(row, "id"), 0) =
		(struct past_activity){.team = number(row, "team"), .community = number(row, "community"), .person = number(row, "person")};
	if (json_object_get(row, "in_charge"))
		put(replay, IN_CHARGE, number(row, "id"), 0)[0] = 1;
}

static void take_volunteer(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	(void)leaf;
	store_put(replay->store, PAST_KEY(STORE_VOLUNTEER, 0, number(row, "number"), 0), NULL)[0] = number(row, "community");
}

static void take_settlement(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	struct past_unclaimed *unclaimed;

	(void)leaf;
	*(struct past_asked *)put(replay, CLAIM, number(row, "id"), 0) = (struct past_asked){.fund = number(row, "fund"),
											     .amount = number(row, "fen"),
											     .person = number(row, "person"),
											     .about = number(row, "shop"),
											     .points = number(row, "points")};
	unclaimed = (struct past_unclaimed *)put(replay, UNCLAIMED, number(row, "shop"), 0);
	*unclaimed = (struct past_unclaimed){.last = unclaimed->last, .from = number(row, "upto_entry")};
}

static void take_disbursement(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	(void)leaf;
	*(struct past_asked *)put(replay, DISBURSEMENT, number(row, "id"), 0) = (struct past_asked){.fund = number(row, "fund"),
												    .amount = number(row, "amount"),
												    .person = number(row, "person"),
												    .about = number(row, "purpose"),
												    .points = replay->today};
}

static void take_approval(struct replay *replay, enum past_letter letter, int64_t id, const struct leaf *leaf, const json_t *row)
{
	struct past_answered *answered = (struct past_answered *)put(replay, letter, id, 1);

	if (answered->approvals < 2)
		answered->approver[answered->approvals++] = number(row, "person");
	if (leaf->entry)
		answered->owed_on = leaf->occurred_day;
}

static void take_settlement_approval(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	take_approval(replay, CLAIM, number(row, "settlement"), leaf, row);
}

static void take_disbursement_approval(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	take_approval(replay, DISBURSEMENT, number(row, "disbursement"), leaf, row);
}

static void take_settlement_payment(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	((struct past_answered *)put(replay, CLAIM, number(row, "settlement"), 1))->paid = leaf->entry ? leaf->entry : -1;
}

static void take_disbursement_payment(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	((struct past_answered *)put(replay, DISBURSEMENT, number(row, "disbursement"), 1))->paid = leaf->entry ? leaf->entry : -1;
}

static void take_entry(struct replay *replay, enum past_kind kind, const struct leaf *leaf, int64_t fund, const json_t *row)
{
	*(struct past_entry *)put(replay, ENTRY, leaf->entry, 0) =
	    (struct past_entry){.kind = kind, .fund = fund, .day = leaf->occurred_day, .personal = json_object_get(row, "donor") != NULL};
}

static void take_income(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	take_entry(replay, PAST_INCOME, leaf, number(row, "fund"), row);
}

static void take_opening(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	take_entry(replay, PAST_OPENING, leaf, number(row, "fund"), row);
}

static void take_transfer(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	take_entry(replay, PAST_TRANSFER, leaf, number(row, "from_fund"), row);
}

static void take_erasure(struct replay *replay, const struct leaf *leaf, const json_t *row)
{
	const char *kind = row_text(row, "subject_kind");

	(void)leaf;
	if (kind)
		put(replay, ERASED, kind[0], number(row, "subject"))[0] = 1;
}

/* The busiest first. */
static const struct {
	const char *table;
	take_fn *take;
} takers[] = {
	{"redemption", take_redemption},
	{"service_decision", take_decision},
	{"service_record", take_record},
	{"income", take_income},
	{"volunteer", take_volunteer},
	{"redemption_refund", take_refund},
	{"activity", take_activity},
	{"disbursement", take_disbursement},
	{"disbursement_approval", take_disbursement_approval},
	{"disbursement_payment", take_disbursement_payment},
	{"settlement", take_settlement},
	{"settlement_approval", take_settlement_approval},
	{"settlement_payment", take_settlement_payment},
	{"fund_opening", take_opening},
	{"fund_transfer", take_transfer},
	{"erasure", take_erasure},
};

static take_fn *taker_of(const char *table)
{
	for (size_t i = 0; i < sizeof(takers) / sizeof(*takers); i++)
		if (strcmp(takers[i].table, table) == 0)
			return takers[i].take;
	return NULL;
}

void past_take(struct replay *replay, const struct act *act)
{
	for (size_t l = 0; l < act->leaf_count; l++) {
		const struct leaf *leaf = &act->leaves[l];
		const char *table;
		json_t *rows, *row;
		size_t i;

		take_postings(replay, leaf);
		json_object_foreach((json_t *)(uintptr_t)leaf->rows, table, rows) {
			take_fn *take = taker_of(table);

			if (take)
				json_array_foreach(rows, i, row)
					take(replay, leaf, row);
		}
	}
}
