/* Which operation is judged by what, and how the audit covers each table; see derive.h. */
#include "audit/derive.h"

#include "audit/past.h"
#include "wire/json.h"
#include "wire/problem.h"

#include <string.h>

static const struct derivation *const groups[] = {
	derive_points,	   derive_service, derive_fund,		derive_disbursement,
	derive_settlement, derive_people,  derive_organisation, derive_ledger,
};

const struct derivation *derivation_find(const char *op)
{
	for (size_t g = 0; g < sizeof(groups) / sizeof(*groups); g++)
		for (const struct derivation *derivation = groups[g]; derivation->op; derivation++)
			if (strcmp(derivation->op, op) == 0)
				return derivation;
	return NULL;
}

/* Whether a word stands among others, parted by blanks. */
static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
			return true;
	return false;
}

/* NULL: it is no operation that changes something. */
static const struct derivation *derivation_of(const struct act *act)
{
	return act->founding ? derivation_find("ledger_found") : act->op ? derivation_find(act->op->name) : NULL;
}

bool derive_may_write(const struct act *act, const char *table)
{
	const struct derivation *derivation = derivation_of(act);

	return derivation && has_word(derivation->tables, table);
}

static void check_tables(struct replay *replay, const struct act *act, const struct leaf *leaf, const char *allowed)
{
	const char *table;
	json_t *rows;

	json_object_foreach((json_t *)(uintptr_t)leaf->rows, table, rows) {
		struct place place = place_of(act, leaf);

		place.table = table;
		if (!has_word(allowed, table))
			findings_add(replay->findings, "effect_unknown", &place, allowed, NULL);
	}
}

/* The signed input has the shape that the operation asks for: who signed an amount below zero meant no such thing. */
static bool is_shaped(struct replay *replay, const struct act *act)
{
	struct problem problem = {0};
	bool shaped = act->founding || json_check_payload(act->input, act->op->input, &problem) == 0;

	if (!shaped)
		replay_find(replay, act, NULL, "request_malformed", problem.field[0] ? problem.field : NULL, NULL, problem.code);
	problem_clear(&problem);
	return shaped;
}

void derive_check(struct replay *replay, const struct act *act)
{
	const struct derivation *derivation = derivation_of(act);

	if (!derivation) {
		replay_find(replay, act, NULL, "wrong_operation", "htu", act->leaves[0].kind, act->op ? act->op->name : NULL);
		return;
	}
	if (!act->founding && !replay->author) /* found already: nobody may have done this */
		return;
	if (!is_shaped(replay, act))
		return;
	for (size_t i = 0; i < act->leaf_count; i++)
		check_tables(replay, act, &act->leaves[i], derivation->tables);
	derivation->check(replay, act);
}

void derive_after(struct replay *replay, const struct act *act)
{
	past_take(replay, act);
}

const struct table_coverage table_coverages[] = {
	/* evidence */
	{"migration", COVER_CONSTANT, "number"},
	{"identity", COVER_IMAGE, "one"},
	{"request", COVER_DERIVED, "number"},
	{"leaf", COVER_DERIVED, "index"},
	{"tile", COVER_DERIVED, "level index"},
	{"tile_root", COVER_DERIVED, "level index"},
	{"checkpoint", COVER_DERIVED, "size"},
	{"ledger_key", COVER_IMAGE, "id"},
	{"ledger_key_end", COVER_IMAGE, "ledger_key"},
	/* erasable */
	{"personal", COVER_PERSONAL, "commitment"},
	{"personal_sealed", COVER_PERSONAL, "commitment"},
	{"import_file", COVER_PERSONAL, "op request"},
	{"erasure", COVER_IMAGE, "id"},
	{"purge", COVER_IMAGE, "id"},
	/* organisation, people, authority */
	{"node", COVER_IMAGE, "id"},
	{"person", COVER_IMAGE, "id"},
	{"operator", COVER_IMAGE, "id"},
	{"operator_revocation", COVER_IMAGE, "operator"},
	{"role_grant", COVER_IMAGE, "id"},
	{"role_revocation", COVER_IMAGE, "role_grant"},
	{"team", COVER_IMAGE, "node"},
	{"volunteer", COVER_IMAGE, "number"},
	/* books */
	{"chart", COVER_CONSTANT, "number"},
	{"purpose", COVER_IMAGE, "id"},
	{"account", COVER_DERIVED, "number owner purpose restricted"},
	{"entry", COVER_DERIVED, "number"},
	{"posting", COVER_DERIVED, "entry line"},
	{"lot", COVER_DERIVED, "id"},
	{"entry_reversal", COVER_IMAGE, "entry"},
	/* points */
	{"rule", COVER_IMAGE, "id"},
	{"activity", COVER_IMAGE, "id"},
	{"service_record", COVER_IMAGE, "id"},
	{"service_decision", COVER_IMAGE, "record"},
	{"shop", COVER_IMAGE, "node"},
	{"redemption", COVER_IMAGE, "entry"},
	{"redemption_refund", COVER_IMAGE, "entry"},
	{"daily_use", COVER_DERIVED, "operator day"},
	{"service_open", COVER_DERIVED, "activity"},
	{"settlement", COVER_IMAGE, "id"},
	{"settlement_approval", COVER_IMAGE, "settlement ordinal"},
	{"settlement_payment", COVER_IMAGE, "settlement"},
	/* money */
	{"fund", COVER_IMAGE, "node"},
	{"fund_opening", COVER_IMAGE, "entry"},
	{"fund_transfer", COVER_IMAGE, "entry"},
	{"campaign", COVER_IMAGE, "id"},
	{"income", COVER_IMAGE, "entry"},
	{"disbursement", COVER_IMAGE, "id"},
	{"disbursement_approval", COVER_IMAGE, "disbursement ordinal"},
	{"disbursement_payment", COVER_IMAGE, "disbursement"},
	{.table = NULL},
};
