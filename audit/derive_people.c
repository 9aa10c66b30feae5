/* Keys of people and their roles; erasure of what is personal. */
#include "audit/authority.h"
#include "audit/derive.h"
#include "audit/derive_node.h"
#include "audit/expect.h"
#include "audit/past.h"
#include "wire/jws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- keys */

/* The enrolment request that the input holds: that it proves possession of the key it brings belongs to the input's shape. */
static struct jws *proof_of(struct replay *replay, const struct act *act)
{
	const char *text = row_text(act->input, "request"), *reason = NULL;
	struct jws *proof = text ? jws_parse_compact(text, strlen(text), &reason) : NULL;

	if (!proof)
		expect_broken(replay, act, 0, "bad_proof", NULL, reason);
	else if (registry_item_named(replay->registry, "operator", proof->kid))
		expect_broken(replay, act, 0, "key_already_enrolled", NULL, proof->kid);
	return proof;
}

/* A person of the register whom the author may see: some key of theirs has or had a role in the author's part. */
static bool sees_person(const struct replay *replay, const struct act *act, int64_t person)
{
	const struct operator *operator;

	for (size_t i = 0; (operator = registry_operator_at(replay->registry, i)); i++)
		if (operator->person == person && authority_sees_operator(replay, act, operator->id))
			return true;
	return false;
}

/* A further key of a person whom the author sees, or the first of a new person. */
static void check_owner(struct replay *replay, const struct act *act, int64_t person, const char *role)
{
	if (!person == !json_object_get(act->input, "name"))
		expect_broken(replay, act, 0, "person_and_name", NULL, NULL);
	if (person && !sees_person(replay, act, person))
		expect_broken_number(replay, act, 0, "unknown_person", 0, person);
	if (person && person == replay->author->person && strcmp(role, "administrator") != 0)
		authority_refuse(replay, act, 0, "person", 0);
}

static void expect_enrolment(struct replay *replay, const struct act *act, const struct jws *proof, const struct node *node,
			     const char *role)
{
	struct expect expect = expect_plain(replay, act, 0);
	int64_t person = row_number(act->input, "person", 0);
	const json_t *row;

	if (!person) {
		row = EXPECT_ROW(&expect, "person", GIVEN("id"), TEXT("name", row_text(act->input, "name")), REQUEST);
		person = row_number(row, "id", 0);
	}
	row = EXPECT_ROW(&expect, "operator", GIVEN("id"), NUMBER("person", person), TEXT("kid", proof->kid), JSON("jwk", proof->jwk), REQUEST);
	EXPECT_ROW(&expect, "role_grant", GIVEN("id"), NUMBER("operator", row_number(row, "id", 0)), TEXT("role", role),
		   NUMBER("node", node->id), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

static void operator_enrol(struct replay *replay, const struct act *act)
{
	const struct node *node = node_named(replay, act, "node");
	const char *role = row_text(act->input, "role");
	struct jws *proof = proof_of(replay, act);

	check_owner(replay, act, row_number(act->input, "person", 0), role ? role : "");
	if (node && proof)
		expect_enrolment(replay, act, proof, node, role);
	jws_free(proof);
}

/* Whether the author governs all that an operator may do now. */
static bool governs(const struct replay *replay, const struct act *act, int64_t operator)
{
	const struct grant *grant;

	for (size_t i = 0; (grant = registry_grant_at(replay->registry, i)); i++)
		if (grant->operator == operator && grant->ended < 0 && !authority_reaches(replay, act, grant->node))
			return false;
	return authority_sees_operator(replay, act, operator);
}

static void operator_revoke(struct replay *replay, const struct act *act)
{
	int64_t id = row_number(act->input, "operator", 0);
	const struct operator *target = registry_operator(replay->registry, id);
	struct expect expect = expect_plain(replay, act, 0);

	if (!target) {
		expect_broken_number(replay, act, 0, "unknown_operator", 0, id);
		return;
	}
	if (!governs(replay, act, id))
		authority_refuse(replay, act, 0, "operator", 0);
	if (target->ended >= 0)
		expect_broken_number(replay, act, 0, "already_revoked", -1, target->ended);
	if (!registry_administered_without(replay->registry, id, 0))
		expect_broken_number(replay, act, 0, "last_administrator", 0, id);
	EXPECT_ROW(&expect, "operator_revocation", NUMBER("operator", id), TEXT("reason", row_text(act->input, "reason")), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

/* The new key has the live roles of the old one, in order, and the old one ends. */
static void expect_rotation(struct replay *replay, const struct act *act, const struct jws *proof)
{
	struct expect expect = expect_plain(replay, act, 0);
	const struct grant *grant;
	const json_t *row;

	row = EXPECT_ROW(&expect, "operator", GIVEN("id"), NUMBER("person", replay->author->person), TEXT("kid", proof->kid),
			 JSON("jwk", proof->jwk), REQUEST);
	for (size_t i = 0; (grant = registry_grant_at(replay->registry, i)); i++)
		if (grant->operator == replay->author->id && grant->ended < 0)
			EXPECT_ROW(&expect, "role_grant", GIVEN("id"), NUMBER("operator", row_number(row, "id", 0)), TEXT("role", grant->role),
				   NUMBER("node", grant->node), REQUEST);
	EXPECT_ROW(&expect, "operator_revocation", NUMBER("operator", replay->author->id), TEXT("reason", "rotated"), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

static void operator_rotate(struct replay *replay, const struct act *act)
{
	struct jws *proof = proof_of(replay, act);

	if (proof)
		expect_rotation(replay, act, proof);
	jws_free(proof);
}

/* ---- roles */

static void role_grant(struct replay *replay, const struct act *act)
{
	const struct node *node = node_named(replay, act, "node");
	int64_t id = row_number(act->input, "operator", 0);
	const struct operator *target = registry_operator(replay->registry, id);
	const char *role = row_text(act->input, "role");
	struct expect expect = expect_plain(replay, act, 0);

	if (!node || !role)
		return;
	if (!target)
		expect_broken_number(replay, act, 0, "unknown_operator", 0, id);
	else if (!authority_sees_operator(replay, act, id))
		authority_refuse(replay, act, 0, "operator", 0);
	if (target && target->ended >= 0)
		expect_broken_number(replay, act, 0, "already_revoked", -1, target->ended);
	if (target && target->person == replay->author->person && strcmp(role, "administrator") != 0)
		authority_refuse(replay, act, 0, "role", 0);
	if (registry_live_grant(replay->registry, id, role, node->id))
		expect_broken(replay, act, 0, "already_granted", NULL, role);
	EXPECT_ROW(&expect, "role_grant", GIVEN("id"), NUMBER("operator", id), TEXT("role", role), NUMBER("node", node->id), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

static void role_revoke(struct replay *replay, const struct act *act)
{
	const struct node *node = node_named(replay, act, "node");
	const char *role = row_text(act->input, "role");
	int64_t id = row_number(act->input, "operator", 0);
	const struct grant *grant = node && role ? registry_live_grant(replay->registry, id, role, node->id) : NULL;
	struct expect expect = expect_plain(replay, act, 0);

	if (!grant) {
		if (node || !replay->partial)
			expect_broken(replay, act, 0, "unknown_grant", NULL, role);
		return;
	}
	if (!registry_administered_without(replay->registry, 0, grant->id))
		expect_broken_number(replay, act, 0, "last_administrator", 0, id);
	EXPECT_ROW(&expect, "role_revocation", NUMBER("role_grant", grant->id), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

/* ---- erasure: which values go is personal and not in the log, only of whom or what */

#define SEALED_YEARS 30
#define NOT_SEALED 0

static const char *const subject_kinds[] = {"volunteer", "person", "activity", "income", "disbursement"};
#define SUBJECT_KINDS (sizeof(subject_kinds) / sizeof(*subject_kinds))

/* The end of the year of a day, thirty years on. */
static int64_t sealed_until(int64_t day)
{
	char text[DAY_TEXT], last[2 * DAY_TEXT];
	int32_t until = NOT_SEALED;

	day_text(day, text);
	snprintf(last, sizeof(last), "%04d-12-31", (int)strtol(text, NULL, 10) + SEALED_YEARS);
	(void)!day_parse(last, &until);
	return until;
}

/* What is erased: where it lies, until when its values are sealed, whether it ever had one. */
struct subject {
	bool is_there, had_value;
	int64_t node, until;
};

static struct subject find_subject(const struct replay *replay, const char *kind, int64_t id)
{
	struct subject subject = {0};
	struct past_answered answered;

	if (strcmp(kind, "volunteer") == 0) {
		subject.node = past_community(replay, id);
		subject.is_there = subject.had_value = subject.node != 0;
	} else if (strcmp(kind, "person") == 0) {
		const struct item *person = registry_item(replay->registry, "person", id);

		subject.is_there = person != NULL;
		subject.had_value = person && json_object_get(person->row, "name");
	} else if (strcmp(kind, "activity") == 0) {
		const struct past_activity *activity = past_activity(replay, id);

		subject = (struct subject){activity != NULL, past_in_charge(replay, id), activity ? activity->team : 0, NOT_SEALED};
	} else if (strcmp(kind, "income") == 0) {
		const struct past_entry *entry = past_entry(replay, id);

		if (entry && entry->kind == PAST_INCOME)
			subject = (struct subject){true, entry->personal, entry->fund, sealed_until(entry->day)};
	} else {
		const struct past_asked *asked = past_disbursement(replay, id, &answered);

		if (asked)
			subject = (struct subject){true, true, asked->fund, sealed_until(asked->points)};
	}
	return subject;
}

/* Keys of the person that work must work in the author's part only, and one of them has or had a role there. */
static bool governs_person(const struct replay *replay, const struct act *act, int64_t person)
{
	const struct operator *operator;

	for (size_t i = 0; (operator = registry_operator_at(replay->registry, i)); i++) {
		const struct grant *grant;

		if (operator->person != person || operator->ended >= 0)
			continue;
		for (size_t g = 0; (grant = registry_grant_at(replay->registry, g)); g++)
			if (grant->operator == operator->id && grant->ended < 0 && !authority_reaches(replay, act, grant->node))
				return false;
	}
	return sees_person(replay, act, person);
}

static void check_subject(struct replay *replay, const struct act *act, const char *kind, int64_t id, const struct subject *subject)
{
	bool is_allowed = strcmp(kind, "person") == 0 ? governs_person(replay, act, id) : authority_reaches(replay, act, subject->node);

	if (!subject->is_there && !replay->partial)
		expect_broken_number(replay, act, 0, "unknown_subject", 0, id);
	else if (subject->is_there && !is_allowed)
		authority_refuse(replay, act, 0, kind, subject->node);
	if (subject->is_there && !subject->had_value)
		expect_broken(replay, act, 0, "nothing_to_erase", NULL, kind);
	if (past_erased(replay, kind, id))
		expect_broken_number(replay, act, 0, "already_erased", 0, id);
}

/* The one kind of subject that the request names; NULL if it names none or several. */
static const char *named_kind(const json_t *input)
{
	const char *kind = NULL;
	size_t named = 0;

	for (size_t i = 0; i < SUBJECT_KINDS; i++)
		if (json_object_get(input, subject_kinds[i])) {
			kind = subject_kinds[i];
			named++;
		}
	return named == 1 ? kind : NULL;
}

static void expect_erasure(struct replay *replay, const struct act *act, const char *kind, int64_t id)
{
	struct subject subject = find_subject(replay, kind, id);
	struct expect expect = expect_plain(replay, act, 0);

	check_subject(replay, act, kind, id, &subject);
	EXPECT_ROW(&expect, "erasure", GIVEN("id"), TEXT("subject_kind", kind), NUMBER("subject", id),
		   subject.until ? DAY("sealed_until", subject.until) : TEXT("sealed_until", NULL),
		   NUMBER("person", replay->author->person), TEXT("reason", row_text(act->input, "reason")), REQUEST);
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

static void person_erase(struct replay *replay, const struct act *act)
{
	const char *kind = named_kind(act->input);

	if (kind)
		expect_erasure(replay, act, kind, row_number(act->input, kind, 0));
	else
		expect_broken(replay, act, 0, "not_exactly_one", NULL, NULL);
}

/* How many values had come to their term is not in the log. */
static void person_purge(struct replay *replay, const struct act *act)
{
	struct expect expect = expect_plain(replay, act, 0);
	const json_t *row = EXPECT_ROW(&expect, "purge", GIVEN("id"), GIVEN("values"), REQUEST);

	if (row && row_number(row, "values", 0) < 1)
		expect_broken_number(replay, act, 0, "nothing_to_purge", 1, row_number(row, "values", 0));
	expect_end(&expect);
	expect_leaves(replay, act, 1);
}

const struct derivation derive_people[] = {
	{"operator_enrol", "person operator role_grant", operator_enrol},
	{"operator_revoke", "operator_revocation", operator_revoke},
	{"operator_rotate", "operator role_grant operator_revocation", operator_rotate},
	{"role_grant", "role_grant", role_grant},
	{"role_revoke", "role_revocation", role_revoke},
	{"person_erase", "erasure", person_erase},
	{"person_purge", "purge", person_purge},
	{.op = NULL},
};
