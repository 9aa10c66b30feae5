/*
 * Every rule of the ledger has its finding: a real history is edited so that one rule is broken, and exactly what belongs to it is
 * found. Requests are named by their number in data/history.requests; what each is, make_history.py says.
 */
#include "tests/unit/history.h"

/* Replays up to a request and judges that one; all with the edits. */
static void judge_edited(size_t request, const struct edit *edits, char found[TEXT_MAX_BYTES])
{
	struct replay *replay = replay_new();
	struct act *act;

	for (size_t i = 1; i < request; i++) {
		act = act_new(i, edits, 0);
		replay_act(replay, act);
		act_drop(act);
	}
	act = act_new(request, edits, 0);
	judge(replay, act, found);
	act_drop(act);
	replay_end(replay);
}

/* ---- every rule */

#define LEAF "leaf.0.rows."
#define REVOKE(operator, request) "[{\"operator\":" #operator ",\"reason\":\"x\",\"request\":" #request "}]"

static const struct {
	const char *what;
	size_t request; /* judged */
	struct edit edits[4];
	const char *found;
} cases[] = {
	/* authority */
	{"a till of another shop", 30, {{16, LEAF "role_grant.0.node", "5"}}, "not_allowed shop"},
	{"a role that redeems nothing", 30, {{16, LEAF "role_grant.0.role", "\"leader\""}}, "not_allowed"},
	{"a key that was not enrolled", 30, {{16, LEAF "operator.0.kid", "\"x\""}}, "key_unknown kid"},
	{"a key that was revoked", 30, {{27, LEAF "operator_revocation", REVOKE(9, 27)}}, "key_revoked kid"},
	{"a grant that was taken back", 30, {{27, LEAF "role_revocation", "[{\"role_grant\":9,\"request\":27}]"}}, "not_allowed"},
	{"a worker of another community", 22, {{7, LEAF "role_grant.0.node", "5"}}, "not_allowed activity"},
	{"a leader of another team", 21, {{6, LEAF "role_grant.0.node", "4"}}, "not_allowed team"},
	{"a till that takes back for another shop", 31, {{16, LEAF "role_grant.0.node", "5"}}, "not_allowed redemption"},
	{"an approver of another fund", 42, {{11, LEAF "role_grant.0.node", "6"}}, "not_allowed disbursement"},
	{"an approver of another shop's fund", 50, {{11, LEAF "role_grant.0.node", "6"}}, "not_allowed settlement"},
	{"a treasurer of the payer only", 35, {{8, LEAF "role_grant.0.node", "6"}}, "not_allowed to"},
	{"a treasurer of some lines' fund", 39, {{8, LEAF "role_grant.0.node", "7"}}, "not_allowed fund"},
	{"a treasurer who takes back another fund's income", 45, {{9, LEAF "role_grant.0.node", "6"}}, "not_allowed entry"},
	{"a rule by an administrator of a part", 18, {{1, LEAF "role_grant.0.node", "2"}}, "not_allowed"},
	{"a key of the ledger by an administrator of a part", 52, {{1, LEAF "role_grant.0.node", "2"}}, "not_allowed"},
	/* what is signed has its operation's shape */
	{"points below zero", 30, {{30, "input.points", "\"-40\""}}, "request_malformed points"},
	{"a transfer the other way round", 35, {{35, "input.amount", "\"-20000\""}}, "request_malformed amount"},
	{"a member that the operation does not have", 35, {{35, "input.discount", "1"}}, "request_malformed discount"},
	{"a line without its volunteer", 21, {{21, "input.lines.1.volunteer", NULL}}, "request_malformed lines/1/volunteer"},
	{"a name in clear", 19, {{19, "input.name", "\"张三\""}}, "request_malformed name"},
	/* keys and roles */
	{"a proof that proves nothing", 7, {{7, "input.request", "!7 input.request"}}, "request_malformed request"},
	{"a key enrolled twice", 7, {{7, "input.request", "@6 input.request"}}, "rule_broken key_already_enrolled, effect_differs kid, effect_differs jwk"},
	{"a further key for oneself that posts", 54, {{54, "input.person", "1"}}, "not_allowed person, effect_differs person"},
	{"a further key of nobody", 54, {{54, "input.person", "99"}}, "rule_broken unknown_person, effect_differs person"},
	{"neither a person nor a name", 54, {{54, "input.person", NULL}}, "rule_broken person_and_name, effect_missing, effect_differs person"},
	{"a role twice", 55, {{54, LEAF "role_grant.0.role", "\"auditor\""}, {54, LEAF "role_grant.0.node", "2"}}, "rule_broken already_granted"},
	{"a role for oneself that is not administration", 55, {{54, LEAF "operator.0.person", "1"}}, "not_allowed role"},
	{"a role for a revoked key", 55, {{54, LEAF "operator_revocation", REVOKE(11, 54)}}, "rule_broken already_revoked"},
	{"a role that was never given is taken back", 56, {{54, LEAF "role_grant.0.node", "2"}}, "rule_broken unknown_grant"},
	{"the last administrator's role", 56, {{56, "input.operator", "1"}, {56, "input.role", "\"administrator\""}, {56, "input.node", "\"CITY\""}},
	 "rule_broken last_administrator, effect_differs role_grant"},
	{"the last administrator's key", 59, {{59, "input.operator", "1"}},
	 "not_allowed operator, rule_broken last_administrator, effect_differs operator"},
	{"a key that also works elsewhere", 59, {{58, LEAF "role_grant.0.node", "1"}}, "not_allowed operator"},
	{"a key revoked twice", 59, {{58, LEAF "operator_revocation", REVOKE(13, 58)}}, "rule_broken already_revoked"},
	{"rotation gives the new key more", 57, {{54, LEAF "role_grant.0.role", "\"till\""}, {56, LEAF "role_revocation.0.role_grant", "12"}},
	 "effect_differs role, effect_differs node"},
	/* organisation */
	{"a county below a community", 3, {{2, LEAF "node.0.kind", "\"community\""}}, "rule_broken wrong_parent"},
	{"a code used twice", 3, {{2, LEAF "node.0.code", "\"C1\""}, {3, "input.parent", "\"C1\""}}, "rule_broken already_exists"},
	{"a shop below a host", 15, {{3, LEAF "node.0.kind", "\"host\""}}, "rule_broken wrong_parent"},
	{"a path that is not that of the parents", 5, {{3, LEAF "node.0.parent", "1"}}, "effect_differs path"},
	{"a number like a phone's", 19, {{19, "input.number", "13900000000"}, {19, LEAF "volunteer.0.number", "13900000000"}}, "rule_broken looks_like_phone"},
	{"a number used twice", 20, {{19, LEAF "volunteer.0.number", "100002"}}, "rule_broken already_exists"},
	{"a number that the ledger would not draw", 20, {{20, "leaf.1.rows.volunteer.0.number", "5"}}, "rule_broken ten_digits"},
	{"a volunteer of no community", 19, {{3, LEAF "node.0.kind", "\"street\""}}, "rule_broken unknown_community"},
	/* rules and service */
	{"a rule in the past", 27, {{27, "input.effective_from", "\"2025-03-07\""}, {27, LEAF "rule.0.effective_from", "\"2025-03-07\""}},
	 "rule_broken rule_in_the_past"},
	{"service of a stranger", 24, {{19, LEAF "volunteer.0.number", "100009"}}, "rule_broken unknown_volunteer"},
	{"service that overlaps", 24,
	 {{21, "leaf.1.rows.service_record.0.starts_at", "\"2025-03-01T18:00:00+00:00\""}, {21, "leaf.1.rows.service_record.0.ends_at", "\"2025-03-02T01:01:00+00:00\""}},
	 "rule_broken overlapping_service"},
	{"service that follows", 24,
	 {{21, "leaf.1.rows.service_record.0.starts_at", "\"2025-03-01T18:00:00+00:00\""}, {21, "leaf.1.rows.service_record.0.ends_at", "\"2025-03-02T01:00:00+00:00\""}},
	 ""},
	{"service in the place of what was rejected", 28,
	 {{24, "leaf.2.rows.service_record.0.starts_at", "\"2025-03-08T10:00:00+00:00\""}, {24, "leaf.2.rows.service_record.0.ends_at", "\"2025-03-08T11:00:00+00:00\""},
	  {24, "leaf.2.rows.service_record.0.volunteer", "100001"}},
	 ""},
	{"lines that overlap", 21, {{21, "input.lines.2.start", "\"2025-03-01T11:59:00+08:00\""}},
	 "effect_differs starts_at, effect_differs minutes, rule_broken overlapping_lines"},
	{"service of half a minute", 21, {{21, "input.lines.1.end", "\"2025-03-01T09:05:30+08:00\""}}, "effect_differs ends_at, rule_broken not_whole_minutes"},
	{"service that has not ended", 28, {{28, "input.lines.0.end", "\"2025-03-09T17:00:00+08:00\""}},
	 "effect_differs ends_at, effect_differs minutes, rule_broken ends_in_future"},
	{"service of two days", 21, {{21, "input.lines.1.end", "\"2025-03-03T09:00:00+08:00\""}},
	 "effect_differs ends_at, effect_differs minutes, rule_broken longer_than_a_day"},
	{"who recorded confirms", 22, {{21, LEAF "activity.0.person", "3"}}, "maker_is_checker activity"},
	{"who recorded rejects", 25, {{24, LEAF "activity.0.person", "3"}}, "maker_is_checker activity"},
	{"a record of another activity", 22, {{22, "input.records.0.record", "5"}}, "rule_broken unknown_record"},
	{"a record confirmed again", 23, {{23, "input.records", "[{\"record\":1}]"}}, "rule_broken already_decided"},
	{"a record named twice", 25, {{25, "input.records.1", "{\"record\":5}"}}, "rule_broken duplicate_line, effect_missing leaves"},
	{"a record passed over", 26, {{25, "leaf.0.rows.service_decision.0.record", "9"}}, "effect_missing leaves"},
	{"points by the rule of another day", 29, {{27, LEAF "rule.0.effective_from", "\"2025-03-09\""}},
	 "effect_differs points, effect_differs amount, effect_differs expires_on, effect_differs amount, effect_differs amount, effect_differs lots"},
	{"points beyond the day's cap", 23, {{18, LEAF "rule.0.daily_minutes", "210"}},
	 "effect_differs credited_minutes, effect_differs points, effect_differs amount, effect_differs amount, effect_differs amount, effect_differs lots"},
	{"points without a rule", 22, {{18, LEAF "rule.0.effective_from", "\"2026-01-01\""}},
	 "rule_broken no_rule, effect_unknown entry, effect_differs credited_minutes, effect_differs points, effect_unknown entry, effect_unknown postings, "
	 "effect_unknown postings, effect_unknown"},
	/* redemption */
	{"the till's cap", 30, {{27, LEAF "rule.0.till_daily_points", "\"39\""}}, "cap_passed till_daily_points"},
	{"the volunteer's cap", 32, {{27, LEAF "rule.0.volunteer_daily_points", "\"42\""}}, "cap_passed volunteer_daily_points"},
	{"the shop's limit", 30, {{15, LEAF "shop.0.unsettled_limit", "\"39\""}}, "limit_passed unsettled_limit"},
	{"a lot that had expired", 34, {{34, "leaf.0.postings.0.lots", "[[4,\"-7\"]]"}}, "lot_expired lots, effect_differs lots"},
	{"lots in another order", 30, {{30, "leaf.0.postings.0.lots", "[[1,\"-30\"],[4,\"-10\"]]"}}, "effect_differs lots, effect_differs lots"},
	{"lots of an earlier day", 30, {{29, LEAF "lot.0.expires_on", "\"2027-01-01\""}}, "effect_differs lots, effect_differs lots"},
	{"points that nobody has", 34, {{34, "input.points", "\"70\""}},
	 "effect_differs points, effect_differs fen, effect_differs amount, effect_differs lots, effect_differs lots, rule_broken not_enough_points, effect_differs amount"},
	{"a rate of another day", 30, {{27, LEAF "rule.0.fen_per_point", "\"10\""}}, "effect_differs fen"},
	{"a stranger's points", 30, {{19, LEAF "volunteer.0.number", "100009"}}, "rule_broken unknown_volunteer"},
	{"more taken back than redeemed", 33, {{31, LEAF "redemption_refund.0.points", "\"20\""}}, "rule_broken more_than_redeemed, effect_differs lots, effect_differs lots"},
	{"points back into other lots", 33, {{33, "leaf.0.postings.1.lots", "[[4,\"10\"],[1,\"15\"]]"}}, "effect_differs lots, effect_differs lots"},
	{"the shop owes too much after a refund", 31, {{15, LEAF "shop.0.return_limit", "\"-36\""}}, "limit_passed return_limit"},
	{"a refund at another rate", 31, {{30, LEAF "redemption.0.fen", "\"400\""}}, "effect_differs fen"},
	{"a refund of nothing", 31, {{31, "input.redemption", "5"}}, "rule_broken unknown_redemption"},
	/* settlement */
	{"a claim of another sum", 48, {{34, LEAF "redemption.0.fen", "\"106\""}}, "effect_differs fen"},
	{"a claim that leaves something out", 48, {{33, LEAF "redemption_refund.0.points", "\"24\""}}, "effect_differs points"},
	{"a claim of nothing", 48, {{30, LEAF "redemption.0.shop", "9"}},
	 "rule_broken nothing_to_settle, effect_differs points, effect_differs fen"},
	{"who claimed approves", 49, {{48, LEAF "settlement.0.person", "6"}}, "same_person settlement"},
	{"who approved approves again", 50, {{49, LEAF "settlement_approval.0.person", "7"}}, "same_person settlement"},
	{"who claimed pays", 51, {{48, LEAF "settlement.0.person", "4"}}, "same_person settlement"},
	{"who approved pays", 51, {{50, LEAF "settlement_approval.0.person", "4"}}, "same_person settlement"},
	{"paid with one approval", 51, {{49, LEAF "settlement_approval.0.settlement", "9"}}, "rule_broken not_approved"},
	{"approved with more than the fund has", 50, {{14, LEAF "fund.0.min_balance", "\"20000\""}}, "limit_passed min_balance"},
	{"paid more than the shop had unsettled", 51, {{15, LEAF "shop.0.return_limit", "\"-1\""}}, "limit_passed return_limit"},
	{"another sum paid", 51, {{48, LEAF "settlement.0.fen", "\"301\""}}, "effect_differs amount, effect_differs amount"},
	/* funds */
	{"an administrator who opens with money", 13, {{8, LEAF "role_grant.0.role", "\"administrator\""}}, "not_allowed opening"},
	{"two general funds of a host", 14, {{14, "input.kind", "\"general\""}, {14, LEAF "fund.0.kind", "\"general\""}}, "rule_broken already_exists"},
	{"opened in the future", 13, {{13, "input.opened_on", "\"2025-03-09\""}, {13, LEAF "fund.0.opened_on", "\"2025-03-09\""}, {13, "leaf.0.occurred_on", "\"2025-03-09\""}},
	 "rule_broken dated_in_future"},
	{"a transfer between hosts", 35, {{14, LEAF "fund.0.host", "5"}}, "rule_broken different_hosts"},
	{"seed money of a fund that is not general", 35, {{13, LEAF "fund.0.kind", "\"micro\""}}, "rule_broken fund_not_general"},
	{"a charge to a fund that is not general", 36, {{13, LEAF "fund.0.kind", "\"micro\""}}, "rule_broken fund_not_general"},
	{"a transfer below the minimum", 36, {{14, LEAF "fund.0.min_balance", "\"19901\""}}, "limit_passed min_balance"},
	{"a transfer of money that is not there", 36, {{36, "input.amount", "\"20001\""}},
	 "limit_passed available, effect_differs amount, effect_differs amount, effect_differs amount, effect_differs amount, effect_differs amount"},
	{"a transfer dated in the future", 36, {{36, "input.occurred_on", "\"2025-03-16\""}, {36, "leaf.0.occurred_on", "\"2025-03-16\""}}, "rule_broken dated_in_future"},
	/* income */
	{"a public gift without a campaign", 38, {{38, "input.campaign", NULL}}, "rule_broken campaign_required, effect_unknown campaign"},
	{"a campaign of another fund", 38, {{37, LEAF "campaign.0.fund", "6"}}, "rule_broken unknown_campaign, effect_unknown campaign"},
	{"a gift outside the campaign's days", 38, {{37, LEAF "campaign.0.ends_on", "\"2025-03-14\""}}, "rule_broken outside_campaign_window"},
	{"a campaign of another channel", 38, {{38, "input.channel", "\"sponsorship\""}, {38, LEAF "income.0.channel", "\"sponsorship\""}}, "rule_broken campaign_not_allowed"},
	{"a grant booked as a gift", 38, {{38, "input.channel", "\"grant\""}},
	 "rule_broken campaign_not_allowed, effect_differs channel, effect_differs account"},
	{"a share of the lottery that is restricted", 39, {{39, "input.lines.2.purpose", "\"助老\""}},
	 "rule_broken cannot_be_restricted, effect_differs purpose, effect_differs restricted, effect_differs purpose"},
	{"a gift of nobody", 39, {{39, "input.lines.1.anonymous", NULL}}, "rule_broken donor_required, effect_differs anonymous"},
	{"a gift restricted to another purpose", 39, {{39, "input.lines.0.purpose", "\"助学\""}},
	 "effect_missing, effect_differs purpose, effect_differs purpose"},
	/* disbursement */
	{"more asked than there is", 40, {{14, LEAF "fund.0.min_balance", "\"20000\""}}, "limit_passed min_balance"},
	{"who asked approves", 41, {{40, LEAF "disbursement.0.person", "6"}}, "same_person disbursement"},
	{"who approved approves a second time", 42, {{41, LEAF "disbursement_approval.0.person", "7"}}, "same_person disbursement"},
	{"who asked pays", 43, {{40, LEAF "disbursement.0.person", "5"}}, "same_person disbursement"},
	{"who approved pays what was asked", 43, {{41, LEAF "disbursement_approval.0.person", "5"}}, "same_person disbursement"},
	{"limits at the second approval", 42, {{14, LEAF "fund.0.min_balance", "\"25000\""}}, "limit_passed min_balance"},
	{"restricted money that is not released", 42, {{40, LEAF "disbursement.0.purpose", "2"}},
	 "effect_differs purpose, effect_unknown postings, effect_unknown postings, effect_unknown postings, effect_unknown postings"},
	{"released in another order", 42,
	 {{42, "leaf.0.postings.2.account", "\"4401\""}, {42, "leaf.0.postings.3.account", "\"4401\""}, {42, "leaf.0.postings.2.amount", "\"2000\""}},
	 "effect_differs account, effect_differs amount, effect_differs account"},
	{"paid before it was approved", 43, {{42, "leaf.0.occurred_on", "\"2025-03-16\""}}, "rule_broken paid_before_approved"},
	{"paid twice", 43, {{42, LEAF "disbursement_payment", "[{\"disbursement\":1,\"request\":42}]"}}, "rule_broken already_paid"},
	{"paid what nobody asked for", 43, {{43, "input.disbursement", "9"}}, "rule_broken unknown_disbursement"},
	/* taking back */
	{"a disbursement taken back", 45, {{45, "input.entry", "17"}}, "effect_differs reverses, rule_broken not_reversible"},
	{"a gift taken back that was spent", 45, {{44, "leaf.0.postings.1.purpose", "1"}}, "purpose_overdrawn available"},
	{"a transfer taken back that was spent", 47, {{14, LEAF "fund.0.min_balance", "\"20000\""}}, "limit_passed min_balance"},
	/* the ledger's keys, erasure */
	{"the last key of its use", 53, {{52, LEAF "ledger_key.0.use", "\"tls\""}}, "rule_broken last_key"},
	{"a key that the ledger never had", 53, {{53, "input.key", "\"00000000\""}}, "rule_broken unknown_ledger_key"},
	{"what is no key", 52, {{52, "input.key", "\"x\""}}, "rule_broken bad_key, effect_differs kid, effect_differs public"},
	{"erased twice", 61, {{60, LEAF "erasure.0.subject_kind", "\"person\""}, {60, LEAF "erasure.0.subject", "11"}}, "rule_broken already_erased"},
	{"nobody erased", 60, {{60, "input.volunteer", "5"}}, "rule_broken unknown_subject, effect_differs subject"},
	{"nothing to erase", 63, {{39, LEAF "income.0.donor", NULL}}, "rule_broken nothing_to_erase"},
	{"two things erased at once", 60, {{60, "input.person", "3"}}, "rule_broken not_exactly_one"},
	{"erased by another part's administrator", 60, {{1, LEAF "role_grant.0.node", "4"}}, "not_allowed volunteer"},
	{"sealed for another term", 63, {{39, "leaf.0.occurred_on", "\"2024-03-15\""}}, "effect_differs sealed_until"},
	{"a person erased who works elsewhere", 61, {{1, LEAF "role_grant.0.node", "2"}, {57, LEAF "operator.0.person", "11"}, {57, LEAF "role_grant.0.node", "1"}},
	 "not_allowed person"},
};

static void every_rule_has_its_finding(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char found[TEXT_MAX_BYTES];

		judge_edited(cases[i].request, cases[i].edits, found);
		if (strcmp(found, cases[i].found) == 0)
			continue;
		printf("%s:\n  expected '%s'\n  found    '%s'\n", cases[i].what, cases[i].found, found);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_has_its_finding),
	};

	base_init();
	return cmocka_run_group_tests(tests, read_history, forget_history);
}
