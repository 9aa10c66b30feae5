/* Whether the key that signed was allowed to, and where the object of each operation lies; see authority.h. */
#include "audit/authority.h"

#include "audit/expect.h"
#include "audit/past.h"

#include <string.h>

/* How an operation says where its object lies. */
enum where {
	ANYWHERE,        /* any live grant will do; or the derivation looks at more than a node */
	WHOLE_LEDGER,
	NAMED_NODES,     /* the code of a node in one field or two */
	LINES,           /* the code of a node in a field of each line, or else in that of the whole request */
	OF_ACTIVITY,     /* the community that it served */
	OF_REDEMPTION,   /* its shop */
	OF_DISBURSEMENT, /* its fund */
	OF_SETTLEMENT,   /* the fund that pays it */
	OF_ENTRY,        /* every fund of the lines that are taken back */
};

struct scope {
	const char *op;
	enum where where;
	const char *field, *other;
};

/* The busiest first. */
static const struct scope scopes[] = {
	{"redemption_make", NAMED_NODES, "shop", NULL},
	{"service_confirm", OF_ACTIVITY, "activity", NULL},
	{"service_record", NAMED_NODES, "team", NULL},
	{"service_reject", OF_ACTIVITY, "activity", NULL},
	{"redemption_refund", OF_REDEMPTION, "redemption", NULL},
	{"income_receive", NAMED_NODES, "fund", NULL},
	{"income_import", LINES, "fund", NULL},
	{"volunteer_add", NAMED_NODES, "community", NULL},
	{"volunteer_import", LINES, "community", NULL},
	{"disbursement_request", NAMED_NODES, "fund", NULL},
	{"disbursement_approve", OF_DISBURSEMENT, "disbursement", NULL},
	{"disbursement_pay", OF_DISBURSEMENT, "disbursement", NULL},
	{"settlement_claim", NAMED_NODES, "shop", NULL},
	{"settlement_approve", OF_SETTLEMENT, "settlement", NULL},
	{"settlement_pay", OF_SETTLEMENT, "settlement", NULL},
	{"fund_open", NAMED_NODES, "parent", "host"},
	{"fund_transfer", NAMED_NODES, "from", "to"},
	{"campaign_open", NAMED_NODES, "fund", NULL},
	{"entry_reverse", OF_ENTRY, "entry", NULL},
	{"operator_enrol", NAMED_NODES, "node", NULL},
	{"operator_revoke", ANYWHERE, NULL, NULL}, /* every node where the key has a role */
	{"operator_rotate", ANYWHERE, NULL, NULL}, /* one's own key */
	{"role_grant", NAMED_NODES, "node", NULL},
	{"role_revoke", NAMED_NODES, "node", NULL},
	{"org_add", NAMED_NODES, "parent", NULL},
	{"team_add", NAMED_NODES, "parent", NULL},
	{"shop_add", NAMED_NODES, "parent", "fund"},
	{"rule_set", WHOLE_LEDGER, NULL, NULL},
	{"ledger_key_add", WHOLE_LEDGER, NULL, NULL},
	{"ledger_key_end", WHOLE_LEDGER, NULL, NULL},
	{"person_erase", ANYWHERE, NULL, NULL}, /* where its subject lies */
	{"person_purge", WHOLE_LEDGER, NULL, NULL},
	{.op = NULL},
};

const struct operator *authority_author(struct replay *replay, const struct act *act)
{
	const char *kid = act->jws ? act->jws->kid : act->leaves[0].kid;
	const struct operator *author = act->founding ? NULL : registry_operator_of(replay->registry, kid);

	if (!author && !act->founding)
		replay_find(replay, act, NULL, "key_unknown", "kid", NULL, kid);
	return author;
}

bool authority_reaches(const struct replay *replay, const struct act *act, int64_t node)
{
	if (replay->partial && node && !registry_node(replay->registry, node))
		return true;
	return registry_may(replay->registry, replay->author->id, act->op->name, node);
}

bool authority_sees_operator(const struct replay *replay, const struct act *act, int64_t operator)
{
	const struct grant *grant;

	for (size_t i = 0; (grant = registry_grant_at(replay->registry, i)); i++)
		if (grant->operator == operator && authority_reaches(replay, act, grant->node))
			return true;
	return false;
}

void authority_refuse(struct replay *replay, const struct act *act, size_t place, const char *field, int64_t node)
{
	const struct node *about = registry_node(replay->registry, node);

	replay_find(replay, act, place < act->leaf_count ? &act->leaves[place] : NULL, "not_allowed", field, act->op->name,
		    about ? about->code : NULL);
}

static void check_node(struct replay *replay, const struct act *act, size_t place, const char *field, int64_t node)
{
	if (node && !authority_reaches(replay, act, node))
		authority_refuse(replay, act, place, field, node);
}

/* A code that no node has is for the derivation to find. */
static void check_code(struct replay *replay, const struct act *act, size_t place, const char *field, const char *code)
{
	const struct node *node = code ? registry_node_coded(replay->registry, code) : NULL;

	if (node)
		check_node(replay, act, place, field, node->id);
}

static void check_lines(struct replay *replay, const struct act *act, const char *field)
{
	const char *otherwise = row_text(act->input, field);
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(act->input, "lines"), i, line) {
		const char *code = row_text(line, field);

		check_code(replay, act, i, field, code ? code : otherwise);
	}
}

static void check_entry(struct replay *replay, const struct act *act)
{
	const struct leaf *leaf = &act->leaves[0];

	for (size_t i = 0; i < leaf->posting_count; i++)
		check_node(replay, act, 0, "entry", leaf->postings[i].fund ? leaf->postings[i].fund : leaf->postings[i].owner);
}

/* Where what the request names by number lies; 0: there is no such thing. */
static int64_t node_of(const struct replay *replay, enum where where, int64_t number)
{
	const struct past_activity *activity = where == OF_ACTIVITY ? past_activity(replay, number) : NULL;
	const struct past_redemption *redemption = where == OF_REDEMPTION ? past_redemption(replay, number) : NULL;
	struct past_answered answered;
	const struct past_asked *asked = where == OF_DISBURSEMENT ? past_disbursement(replay, number, &answered)
					 : where == OF_SETTLEMENT ? past_settlement(replay, number, &answered)
								  : NULL;

	return activity ? activity->community : redemption ? redemption->shop : asked ? asked->fund : 0;
}

/* The first node of all is the root. */
static int64_t root(const struct replay *replay)
{
	const struct item *first = registry_item_at(replay->registry, "node", 0);

	return first ? first->key : 0;
}

static void check_where(struct replay *replay, const struct act *act, const struct scope *scope)
{
	switch (scope->where) {
	case ANYWHERE: break;
	case WHOLE_LEDGER: check_node(replay, act, 0, NULL, root(replay)); break;
	case NAMED_NODES:
		check_code(replay, act, 0, scope->field, row_text(act->input, scope->field));
		if (scope->other)
			check_code(replay, act, 0, scope->other, row_text(act->input, scope->other));
		break;
	case LINES: check_lines(replay, act, scope->field); break;
	case OF_ENTRY: check_entry(replay, act); break;
	default: check_node(replay, act, 0, scope->field, node_of(replay, scope->where, row_number(act->input, scope->field, 0))); break;
	}
}

void authority_check(struct replay *replay, const struct act *act)
{
	const struct scope *scope = scopes;

	if (!replay->author || !act->op)
		return;
	if (replay->author->ended >= 0)
		replay_find(replay, act, NULL, "key_revoked", "kid", NULL, act->jws->kid);
	if (!authority_reaches(replay, act, 0)) {
		authority_refuse(replay, act, 0, NULL, 0);
		return;
	}
	while (scope->op && strcmp(scope->op, act->op->name) != 0)
		scope++;
	if (scope->op)
		check_where(replay, act, scope);
}
