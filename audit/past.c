/* What the log holds so far, asked; see past.h. Each fact is a slot of the store. */
#include "audit/past.h"

#include "audit/past_keys.h"
#include "wire/clock.h"

#define SECONDS INT64_C(1000000)
#define DAY_S (INT64_C(24) * 3600)
#define SHANGHAI_S (INT64_C(8) * 3600)

int64_t *past_get(const struct replay *replay, enum past_letter letter, int64_t first, int64_t second)
{
	return store_get(replay->store, PAST_KEY(STORE_OTHER, letter, first, second));
}

int64_t past_day(int64_t seconds)
{
	int64_t local = seconds + SHANGHAI_S;

	return local / DAY_S - (local % DAY_S < 0);
}

int64_t past_seconds(const char *moment)
{
	int64_t us;

	return moment && clock_parse(moment, &us) == 0 ? us / SECONDS : 0;
}

/* ---- what is asked */

int64_t past_community(const struct replay *replay, int64_t volunteer)
{
	const int64_t *value = store_get(replay->store, PAST_KEY(STORE_VOLUNTEER, 0, volunteer, 0));

	return value ? value[0] : 0;
}

const struct past_activity *past_activity(const struct replay *replay, int64_t activity)
{
	return (const struct past_activity *)past_get(replay, ACTIVITY, activity, 0);
}

bool past_in_charge(const struct replay *replay, int64_t activity)
{
	return past_get(replay, IN_CHARGE, activity, 0) != NULL;
}

const struct past_record *past_record(const struct replay *replay, int64_t record)
{
	return (const struct past_record *)store_get(replay->store, PAST_KEY(STORE_RECORD, 0, record, 0));
}

int64_t past_record_on(const struct replay *replay, int64_t volunteer, int64_t day)
{
	const int64_t *value = past_get(replay, ON_DAY, volunteer, day);

	return value ? value[0] : 0;
}

enum decision past_decision(const struct replay *replay, int64_t record)
{
	const int64_t *value = store_get(replay->store, PAST_KEY(STORE_DECISION, 0, record, 0));

	return value ? (enum decision)value[0] : UNDECIDED;
}

int64_t past_open(const struct replay *replay, int64_t activity)
{
	const struct past_activity *about = past_activity(replay, activity);
	const int64_t *decided = past_get(replay, DECIDED, activity, 0);

	return (about ? about->count : 0) - (decided ? *decided : 0);
}

int64_t past_daily(const struct replay *replay, char kind, int64_t id, int64_t day)
{
	const int64_t *value = store_get(replay->store, PAST_KEY(STORE_DAILY, kind, id, day));

	return value ? value[0] : 0;
}

const struct past_redeemed *past_redeemed(const struct replay *replay, int64_t volunteer)
{
	return (const struct past_redeemed *)store_get(replay->store, PAST_KEY(STORE_DAILY, 'v', volunteer, 0));
}

const struct past_lot *past_lot(const struct replay *replay, int64_t lot)
{
	return (const struct past_lot *)store_get(replay->store, PAST_KEY(STORE_LOT, 0, lot, 0));
}

int64_t past_next_lot(const struct replay *replay, int64_t volunteer, int64_t lot)
{
	const int64_t *value = lot ? past_get(replay, LINK, lot, 0) : past_get(replay, HEAD, volunteer, 0);

	return value ? value[0] : 0;
}

const struct past_redemption *past_redemption(const struct replay *replay, int64_t entry)
{
	return (const struct past_redemption *)store_get(replay->store, PAST_KEY(STORE_REDEMPTION, 0, entry, 0));
}

const struct past_part *past_part(const struct replay *replay, int64_t entry, int64_t n)
{
	return (const struct past_part *)past_get(replay, PART, entry, n);
}

struct past_unclaimed past_unclaimed(const struct replay *replay, int64_t shop)
{
	const struct past_unclaimed *value = (const struct past_unclaimed *)past_get(replay, UNCLAIMED, shop, 0);

	return value ? *value : (struct past_unclaimed){0};
}

static const struct past_asked *asked(const struct replay *replay, enum past_letter letter, int64_t id, struct past_answered *ret)
{
	const struct past_answered *answered = (const struct past_answered *)past_get(replay, letter, id, 1);

	*ret = answered ? *answered : (struct past_answered){0};
	return (const struct past_asked *)past_get(replay, letter, id, 0);
}

const struct past_asked *past_disbursement(const struct replay *replay, int64_t id, struct past_answered *ret_answered)
{
	return asked(replay, DISBURSEMENT, id, ret_answered);
}

const struct past_asked *past_settlement(const struct replay *replay, int64_t id, struct past_answered *ret_answered)
{
	return asked(replay, CLAIM, id, ret_answered);
}

const struct past_entry *past_entry(const struct replay *replay, int64_t entry)
{
	return (const struct past_entry *)past_get(replay, ENTRY, entry, 0);
}

struct past_fund past_fund(const struct replay *replay, int64_t fund)
{
	const struct past_fund *value = (const struct past_fund *)past_get(replay, FUND, fund, 0);

	return value ? *value : (struct past_fund){0};
}

int64_t past_of_purpose(const struct replay *replay, int64_t fund, int64_t purpose)
{
	const int64_t *value = past_get(replay, PURPOSE, fund, purpose);

	return value ? value[0] : 0;
}

bool past_erased(const struct replay *replay, const char *subject_kind, int64_t subject)
{
	return past_get(replay, ERASED, subject_kind[0], subject) != NULL;
}
