/*
 * The derivations of the audit on a real history: honest, it gives no finding; with any member of any row or line changed, one.
 */
#include "tests/unit/history.h"

/* ---- the honest history */

static void the_honest_history_has_no_finding(void **state)
{
	struct replay *replay = replay_new();

	(void)state;
	for (size_t i = 1; i <= request_count; i++) {
		struct act *act = act_new(i, NULL, 0);

		replay_act(replay, act);
		assert_int_equal(findings_count(replay->findings), 0);
		act_drop(act);
	}
	replay_end(replay);
}

static void the_history_has_every_operation(void **state)
{
	bool missing = false;

	(void)state;
	for (size_t i = 0; op_at(i)->name; i++) {
		char path[OP_PATH_MAX];
		bool found = op_at(i)->kind != OP_COMMAND;

		op_path(op_at(i), path);
		for (size_t r = 2; r <= request_count && !found; r++) {
			json_t *input = input_of(r);

			found = strcmp(json_string_value(json_object_get(input, "htu")), path) == 0;
			json_decref(input);
		}
		if (!found)
			printf("no %s\n", op_at(i)->name);
		missing |= !found;
	}
	assert_false(missing);
}

/* ---- a part of it, as the bundle of one fund has it */

#define FUND 7

/* The tables whose rows are in every part, and those that are about the fund. What an entry of another fund made is left out. */
static const char *const in_every_part[] = {
	"identity", "node", "person", "operator", "operator_revocation", "role_grant", "role_revocation", "team", "shop", "fund", "rule", "purpose",
	"ledger_key", "ledger_key_end", "campaign", "disbursement", "disbursement_approval", "settlement", "settlement_approval",
};

static bool is_in_part(const struct leaf *leaf)
{
	for (size_t i = 0; i < sizeof(in_every_part) / sizeof(*in_every_part) && !leaf->entry; i++)
		if (leaf_rows(leaf, in_every_part[i]))
			return true;
	for (size_t i = 0; i < leaf->posting_count; i++)
		if (leaf->postings[i].fund == FUND)
			return true;
	return false;
}

/* Leaves out what is not in the part, and withholds the request if anything is left out. False when nothing is left. */
static bool take_part(struct act *act)
{
	size_t kept = 0, all = act->leaf_count;

	for (size_t i = 0; i < all; i++)
		if (is_in_part(&act->leaves[i])) {
			struct leaf leaf = act->leaves[i];

			act->leaves[i] = act->leaves[kept];
			act->leaves[kept++] = leaf;
		}
	for (size_t i = kept; i < all; i++) {
		json_decref(act->leaves[i].content);
		free(act->leaves[i].postings);
		free((char *)(uintptr_t)act->leaves[i].bytes);
	}
	act->leaf_count = kept;
	if (kept < all) {
		if (act->jws->compact == act->compact) /* the history's own */
			act->jws->compact = NULL;
		jws_free(act->jws);
		act->jws = NULL;
		act->input = NULL;
		act->op = NULL;
		act->compact = NULL;
	}
	return kept > 0;
}

static void a_part_of_the_honest_history_has_no_finding(void **state)
{
	struct replay *replay = replay_new();
	size_t judged = 0;

	(void)state;
	replay->partial = true;
	replay->scope = FUND;
	for (size_t i = 1; i <= request_count; i++) {
		struct act *act = act_new(i, NULL, 0);

		if (take_part(act)) {
			replay_act(replay, act);
			judged += act->jws != NULL;
		}
		if (findings_count(replay->findings))
			printf("request %zu: %s\n", i, findings_at(replay->findings, 0)->code);
		assert_int_equal(findings_count(replay->findings), 0);
		act_drop(act);
	}
	assert_true(judged > 40);
	replay_end(replay);
}

/* ---- every member of every row and line */

/* Judged by the engine, or by nobody because nobody signed them: "table.member", or "member" of any table. */
static const char *const elsewhere[] = {
	"request", "service_record.id", "settlement.id", "disbursement.id", "campaign.id", "rule.id", "role_grant.id", "ledger_key.id",
	"erasure.id", "purge.id", "purge.values", "posting.balance", "posting.version",
};
/* The founding: the daemon's own words. */
static const char *const founded[] = {"identity.aud", "node.code", "node.name", "node.kind"};

#define VOLUNTEER_DRAWN 20 /* the request whose second line leaves the number to the ledger */

static bool is_elsewhere(size_t request, const char *table, const char *member)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.%s", table, member);
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++)
		if (strcmp(elsewhere[i], name) == 0 || strcmp(elsewhere[i], member) == 0)
			return true;
	if (request == VOLUNTEER_DRAWN && strcmp(name, "volunteer.number") == 0)
		return true;
	for (size_t i = 0; request == 1 && i < sizeof(founded) / sizeof(*founded); i++)
		if (strcmp(founded[i], name) == 0)
			return true;
	return false;
}

/* Another value of the same kind. */
static json_t *other(const json_t *value)
{
	const char *text = json_string_value(value);
	char buffer[64];
	char *end;
	long long amount = text ? strtoll(text, &end, 10) : 0;

	if (json_is_integer(value))
		return json_integer(json_integer_value(value) + 1);
	if (json_is_boolean(value))
		return json_boolean(!json_is_true(value));
	if (text && *text && !*end) {
		snprintf(buffer, sizeof(buffer), "%lld", amount + (amount == -1 ? 2 : 1));
		return json_string(buffer);
	}
	if (text && strlen(text) == 10 && text[4] == '-')
		return json_string(strcmp(text, "2030-01-01") == 0 ? "2030-01-02" : "2030-01-01");
	return json_string(text && strcmp(text, "x") != 0 ? "x" : "y");
}

struct sweep {
	struct replay *replay;
	size_t request, changes, unseen;
};

/* One edit of the act at hand must be found, and nothing but effects and rules. */
static void try(struct sweep *sweep, const char *path, json_t *value)
{
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL, found[TEXT_MAX_BYTES];
	const struct edit edits[] = {{sweep->request, path, text}, {0}};
	struct act *act = act_new(sweep->request, edits, 0);

	judge(sweep->replay, act, found);
	sweep->changes++;
	if (!strstr(found, "effect_") && !strstr(found, "rule_broken")) {
		printf("request %zu: %s = %s: '%s'\n", sweep->request, path, text ? text : "gone", found);
		sweep->unseen++;
	}
	act_drop(act);
	free(text);
	json_decref(value);
}

static void try_members(struct sweep *sweep, const char *table, const char *prefix, const json_t *row)
{
	const char *member;
	json_t *value;
	char path[256];

	json_object_foreach((json_t *)(uintptr_t)row, member, value) {
		if (is_elsewhere(sweep->request, table, member) || json_is_array(value))
			continue;
		snprintf(path, sizeof(path), "%s.%s", prefix, member);
		if (!json_is_object(value))
			try(sweep, path, other(value));
		if (strcmp(table, "posting") != 0)
			try(sweep, path, NULL);
	}
	snprintf(path, sizeof(path), "%s.further", prefix);
	if (strcmp(table, "posting") != 0)
		try(sweep, path, json_integer(1));
}

static void try_rows(struct sweep *sweep, size_t place, const json_t *leaf)
{
	const char *table;
	json_t *rows, *row;
	size_t i;
	char path[256];

	json_object_foreach(json_object_get(leaf, "rows"), table, rows) {
		json_array_foreach(rows, i, row) {
			snprintf(path, sizeof(path), "leaf.%zu.rows.%s.%zu", place, table, i);
			try_members(sweep, table, path, row);
		}
		snprintf(path, sizeof(path), "leaf.%zu.rows.%s.%zu", place, table, json_array_size(rows));
		if (sweep->request > 1 || strcmp(table, "ledger_key") != 0)
			try(sweep, path, json_incref(json_array_get(rows, 0)));
		snprintf(path, sizeof(path), "leaf.%zu.rows.%s", place, table);
		if (json_object_size(json_object_get(leaf, "rows")) > 1 && (sweep->request > 1 || strcmp(table, "ledger_key") != 0))
			try(sweep, path, NULL);
	}
	snprintf(path, sizeof(path), "leaf.%zu.rows", place);
	if (json_object_get(leaf, "rows"))
		try(sweep, path, NULL);
	snprintf(path, sizeof(path), "leaf.%zu.rows.%s", place, sweep->request == 21 ? "rule" : "activity");
	if (json_object_get(leaf, "rows"))
		try(sweep, path, parsed("[{\"id\":1}]"));
}

/* The lines of a reversal are compared with those of the entry that it reverses, by the engine. */
static void try_lines(struct sweep *sweep, size_t place, const json_t *leaf)
{
	const json_t *lines = json_object_get(leaf, "postings");
	json_t *line;
	size_t i;
	char path[256];

	if (json_object_get(leaf, "reverses"))
		return;
	json_array_foreach(lines, i, line) {
		snprintf(path, sizeof(path), "leaf.%zu.postings.%zu", place, i);
		try_members(sweep, "posting", path, line);
		if (json_array_size(lines) > 1)
			try(sweep, path, NULL);
		if (!json_object_get(line, "lots"))
			continue;
		snprintf(path, sizeof(path), "leaf.%zu.postings.%zu.lots.0", place, i);
		try(sweep, path, parsed("[99, \"1\"]"));
		snprintf(path, sizeof(path), "leaf.%zu.postings.%zu.lots.9", place, i);
		try(sweep, path, parsed("[99, \"1\"]"));
	}
	snprintf(path, sizeof(path), "leaf.%zu.postings.%zu", place, json_array_size(lines));
	try(sweep, path, json_incref(json_array_get(lines, 0)));
}

static void try_head(struct sweep *sweep, size_t place, const json_t *leaf)
{
	static const char *const members[] = {"kind", "book", "occurred_on", "reverses"};
	char path[64];

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		const json_t *value = json_object_get(leaf, members[i]);

		snprintf(path, sizeof(path), "leaf.%zu.%s", place, members[i]);
		if (value)
			try(sweep, path, other(value));
		if (value && i == 3)
			try(sweep, path, NULL);
	}
}

static void try_drop(struct sweep *sweep)
{
	struct act *act = act_new(sweep->request, NULL, 1);
	char found[TEXT_MAX_BYTES];

	judge(sweep->replay, act, found);
	assert_non_null(strstr(found, "effect_missing"));
	act_drop(act);
}

static void every_member_of_every_row_and_line_is_derived(void **state)
{
	struct sweep sweep = {.replay = replay_new()};

	(void)state;
	for (sweep.request = 1; sweep.request <= request_count; sweep.request++) {
		struct act *act = act_new(sweep.request, NULL, 0);

		for (size_t i = 0; i < act->leaf_count; i++) {
			try_rows(&sweep, i, act->leaves[i].content);
			if (act->leaves[i].entry)
				try_lines(&sweep, i, act->leaves[i].content);
			try_head(&sweep, i, act->leaves[i].content);
		}
		if (act->leaf_count > 1)
			try_drop(&sweep);
		replay_act(sweep.replay, act);
		act_drop(act);
	}
	print_message("%zu edits\n", sweep.changes);
	assert_true(sweep.changes > 1000);
	assert_int_equal(sweep.unseen, 0);
	assert_int_equal(findings_count(sweep.replay->findings), 0);
	replay_end(sweep.replay);
}

static void what_is_no_command_changes_nothing(void **state)
{
	struct replay *replay = replay_new();
	struct act *act = act_new(1, NULL, 0);
	char found[TEXT_MAX_BYTES];

	(void)state;
	replay_act(replay, act);
	act_drop(act);
	act = act_new(2, NULL, 0);
	act->op = op_find("org", "list");
	judge(replay, act, found);
	assert_string_equal(found, "wrong_operation htu");
	act->op = NULL;
	judge(replay, act, found);
	assert_string_equal(found, "wrong_operation htu");
	act_drop(act);
	replay_end(replay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_honest_history_has_no_finding),
		cmocka_unit_test(the_history_has_every_operation),
		cmocka_unit_test(a_part_of_the_honest_history_has_no_finding),
		cmocka_unit_test(every_member_of_every_row_and_line_is_derived),
		cmocka_unit_test(what_is_no_command_changes_nothing),
	};

	base_init();
	return cmocka_run_group_tests(tests, read_history, forget_history);
}
