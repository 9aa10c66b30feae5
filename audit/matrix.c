/* The matrix of roles: the same as core.matrix of schema/functions/01-matrix.sql, which tests/lint/audit.sh compares. */
#include "audit/authority.h"

#include <string.h>

const char *const authority_role_names[] = {"administrator", "leader", "worker", "till", "manager", "treasurer", "approver", "auditor", NULL};

const struct authority authorities[] = {
	{"campaign_list", "treasurer approver auditor"},
	{"campaign_open", "treasurer"},
	{"disbursement_approve", "approver"},
	{"disbursement_list", "treasurer approver auditor"},
	{"disbursement_pay", "treasurer"},
	{"disbursement_request", "treasurer"},
	{"entry_list", "worker manager treasurer approver auditor"},
	{"entry_reverse", "treasurer"},
	{"entry_show", "worker manager treasurer approver auditor"},
	{"fund_balance", "worker treasurer approver auditor"},
	{"fund_list", "administrator worker treasurer approver auditor"},
	{"fund_open", "administrator treasurer"},
	{"fund_rollup", "worker treasurer approver auditor"},
	{"fund_statement", "worker treasurer approver auditor"},
	{"fund_transfer", "treasurer"},
	{"income_import", "treasurer"},
	{"income_list", "treasurer approver auditor"},
	{"income_receive", "treasurer"},
	{"ledger_journal", "treasurer approver auditor"},
	{"ledger_key_add", "administrator"},
	{"ledger_key_end", "administrator"},
	{"ledger_keys", "*"},
	{"ledger_leaves", "auditor"},
	{"ledger_requests", "auditor"},
	{"ledger_rows", "auditor"},
	{"ledger_status", "*"},
	{"ledger_trial_balance", "treasurer approver auditor"},
	{"operator_enrol", "administrator"},
	{"operator_list", "administrator auditor"},
	{"operator_revoke", "administrator"},
	{"operator_rotate", "*"},
	{"org_add", "administrator"},
	{"org_list", "*"},
	{"org_tree", "*"},
	{"person_erase", "administrator"},
	{"person_purge", "administrator"},
	{"points_history", "worker auditor"},
	{"points_show", "worker auditor"},
	{"receipt_show", "*"},
	{"redemption_list", "worker till manager auditor"},
	{"redemption_make", "worker till"},
	{"redemption_refund", "worker till"},
	{"role_grant", "administrator"},
	{"role_revoke", "administrator"},
	{"rule_set", "administrator"},
	{"rule_show", "*"},
	{"service_confirm", "worker"},
	{"service_list", "leader worker auditor"},
	{"service_record", "leader"},
	{"service_reject", "worker"},
	{"settlement_approve", "approver"},
	{"settlement_claim", "manager"},
	{"settlement_list", "till manager treasurer approver auditor"},
	{"settlement_pay", "treasurer"},
	{"shop_add", "administrator"},
	{"shop_list", "*"},
	{"team_add", "administrator"},
	{"team_list", "*"},
	{"volunteer_add", "worker"},
	{"volunteer_import", "worker"},
	{"volunteer_show", "leader worker auditor"},
	{.op = NULL},
};

#define OPS (sizeof(authorities) / sizeof(*authorities) - 1)

unsigned authority_role(const char *role)
{
	for (unsigned i = 0; authority_role_names[i]; i++)
		if (strcmp(authority_role_names[i], role) == 0)
			return 1U << i;
	return 0;
}

static const struct authority *find(const char *op)
{
	size_t low = 0, high = OPS;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(op, authorities[middle].op);

		if (order == 0)
			return &authorities[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
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

unsigned authority_roles(const char *op)
{
	const struct authority *found = find(op);
	unsigned roles = 0;

	for (unsigned i = 0; found && authority_role_names[i]; i++)
		if (found->roles[0] == '*' || has_word(found->roles, authority_role_names[i]))
			roles |= 1U << i;
	return roles;
}
