/* What the derivations of disbursements, settlements and funds share: limits of a fund, and that four different people act. */
#ifndef AUDIT_DERIVE_MONEY_H
#define AUDIT_DERIVE_MONEY_H

#include "audit/expect.h"
#include "audit/past.h"

/* The fund of a code that a field of the input names; found and NULL if there is none. In a partial log it may be missing. */
const struct item *money_fund(struct replay *replay, const struct act *act, size_t place, const json_t *input, const char *field);

/* The number of the purpose of that label (NULL: 0); the row that makes it is expected in the leaf of the first line that names it. */
int64_t money_purpose(struct expect *expect, const char *label);

/* Whether that amount may leave the fund as it stands: money restricted to the purpose (0: none) and what is free, or only the
 * former; and what must stay in the bank, payables counted as gone. limit_passed or purpose_overdrawn are found. */
void money_check_limits(struct replay *replay, const struct act *act, size_t place, int64_t fund, int64_t amount, int64_t purpose,
			bool restricted_only);

/* Whether a disbursement or claim is there to be approved once more, by somebody who neither asked nor approved: found, and false if
 * it is not there or was approved twice. */
bool money_is_asked(struct replay *replay, const struct act *act, const char *field, const struct past_asked *asked,
		    const struct past_answered *answered);

/* The row of the next approval. */
void money_expect_approval(struct expect *expect, const char *table, const char *field, int64_t id, const struct past_answered *answered);

/* Whether it can be paid by somebody who neither asked nor approved, on that day. */
bool money_is_payable(struct replay *replay, const struct act *act, const char *field, const struct past_asked *asked,
		      const struct past_answered *answered, int64_t day);

/* Nothing is dated in the future. */
void money_check_day(struct replay *replay, const struct act *act, size_t place, int64_t day);

#endif
