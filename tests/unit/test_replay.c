#include "audit/replay.h"
#include "tests/unit/unit.h"
#include "wire/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KID "q7E0rmNqqlOMASdGhfDSAN6HIYRSUfP4lNlSWWDnt-w"
#define REQUEST "8wUf4RFNn6A-fHIKbK3ONO6Eehs902skS3QDOTvEa_U"

/* A ledger without a registry: entries alone are replayed. */
struct fixture {
	struct replay replay;
};

static struct fixture begin(void)
{
	return (struct fixture){.replay = {.registry = registry_new(), .store = store_open(NULL), .findings = findings_new()}};
}

static void end(struct fixture *fixture)
{
	registry_free(fixture->replay.registry);
	store_close(fixture->replay.store);
	findings_free(fixture->replay.findings);
}

/* Replays an entry of a book, given its postings and what else stands in the leaf. */
static void enter(struct fixture *fixture, const char *book, int entry, const char *postings, const char *reverses, const char *rows)
{
	_cleanup_free_ char *text = xasprintf("{\"book\":\"%s\",\"entry\":%d,\"kid\":\"" KID "\",\"kind\":\"k\",\"occurred_on\":\"2025-03-08\","
					      "\"postings\":[%s],\"recorded_at\":\"2025-03-08T02:00:00.0000%02dZ\",\"request\":\"" REQUEST "\"%s%s,\"v\":1}",
					      book, entry, postings, entry, reverses, rows);
	struct act act = {.leaf_count = 1, .leaves = xcalloc(1, sizeof(struct leaf)), .first = entry};

	act.leaves[0] = (struct leaf){.index = entry, .bytes = text, .length = strlen(text)};
	act_parse(&act);
	assert_null(act.leaves[0].fault);
	replay_entry(&fixture->replay, &act, &act.leaves[0]);
	act_clear(&act);
}

static void money(struct fixture *fixture, int entry, int amount, int balance, int version)
{
	_cleanup_free_ char *postings = xasprintf("{\"account\":\"1002\",\"amount\":\"%d\",\"balance\":\"%d\",\"fund\":5,\"owner\":5,\"version\":%d},"
						  "{\"account\":\"3101\",\"amount\":\"%d\",\"balance\":\"%d\",\"fund\":5,\"owner\":5,\"version\":%d}",
						  amount, balance, version, -amount, -balance, version);

	enter(fixture, "money", entry, postings, "", "");
}

/* Exactly these codes were found, NULL at the end. */
static void found(const struct fixture *fixture, ...)
{
	const struct findings *findings = fixture->replay.findings;
	const char *code;
	size_t i = 0;
	va_list codes;

	va_start(codes, fixture);
	while ((code = va_arg(codes, const char *))) {
		assert_true(i < findings_kept(findings));
		assert_string_equal(findings_at(findings, i++)->code, code);
	}
	va_end(codes);
	assert_int_equal(findings_kept(findings), i);
}

static void test_honest(void **state)
{
	struct fixture fixture = begin();
	struct account_state account;

	(void)state;
	money(&fixture, 1, 100, 100, 1);
	money(&fixture, 2, 50, 150, 2);
	found(&fixture, NULL);
	account = replay_account(&fixture.replay, "1002", 5, 0, false);
	assert_int_equal(account.balance, 150);
	assert_int_equal(account.version, 2);
	end(&fixture);
}

/* One fault is found once: what the leaf says is taken over. */
static void test_balance(void **state)
{
	struct fixture fixture = begin();

	(void)state;
	money(&fixture, 1, 100, 100, 1);
	money(&fixture, 2, 50, 151, 2);
	money(&fixture, 3, 1, 152, 3);
	found(&fixture, "posting_balance", "posting_balance", NULL); /* of both its lines */
	assert_int_equal(findings_at(fixture.replay.findings, 0)->place.line, 1);
	assert_string_equal(findings_at(fixture.replay.findings, 0)->expected, "150");
	assert_string_equal(findings_at(fixture.replay.findings, 0)->found, "151");
	end(&fixture);
}

static void test_gaps(void **state)
{
	struct fixture fixture = begin();

	(void)state;
	money(&fixture, 1, 100, 100, 1);
	money(&fixture, 3, 50, 150, 3);
	found(&fixture, "entry_number", "posting_version", "posting_version", NULL);
	end(&fixture);
}

/* In a part of the log accounts that are not followed may have gaps, but no way back. */
static void test_partial(void **state)
{
	struct fixture fixture = begin();

	(void)state;
	fixture.replay.partial = true;
	money(&fixture, 4, 100, 900, 7);
	money(&fixture, 9, 50, 1950, 12);
	money(&fixture, 10, 50, 2000, 13);
	found(&fixture, NULL);
	money(&fixture, 11, 50, 2051, 14);
	found(&fixture, "posting_balance", "posting_balance", NULL);
	money(&fixture, 12, 50, 2101, 14);
	found(&fixture, "posting_balance", "posting_balance", "posting_version", "posting_version", NULL);
	end(&fixture);
}

static void test_sums(void **state)
{
	struct fixture fixture = begin();

	(void)state;
	enter(&fixture, "money", 1,
	      "{\"account\":\"1002\",\"amount\":\"5\",\"balance\":\"5\",\"fund\":5,\"owner\":5,\"version\":1},"
	      "{\"account\":\"3101\",\"amount\":\"-4\",\"balance\":\"-4\",\"fund\":5,\"owner\":5,\"version\":1}", "", "");
	enter(&fixture, "money", 2,
	      "{\"account\":\"1002\",\"amount\":\"5\",\"balance\":\"10\",\"fund\":5,\"owner\":5,\"version\":2},"
	      "{\"account\":\"1002\",\"amount\":\"-5\",\"balance\":\"-5\",\"fund\":6,\"owner\":6,\"version\":1}", "", "");
	enter(&fixture, "points", 3,
	      "{\"account\":\"1002\",\"amount\":\"5\",\"balance\":\"15\",\"owner\":5,\"version\":3},"
	      "{\"account\":\"3101\",\"amount\":\"-5\",\"balance\":\"-9\",\"owner\":5,\"version\":2}", "", "");
	found(&fixture, "entry_unbalanced", "fund_unbalanced", "fund_unbalanced", "books_mixed", "books_mixed", NULL);
	end(&fixture);
}

static void credit(struct fixture *fixture, int entry, int version, int lot, int points, int balance)
{
	_cleanup_free_ char *postings = xasprintf("{\"account\":\"P1000\",\"amount\":\"%d\",\"balance\":\"%d\",\"owner\":0,\"version\":%d},"
						  "{\"account\":\"P2100\",\"amount\":\"-%d\",\"balance\":\"-%d\",\"lots\":[[%d,\"%d\"]],\"owner\":77,\"version\":%d}",
						  points, balance, version, points, balance, lot, points, version);
	_cleanup_free_ char *rows = xasprintf(",\"rows\":{\"lot\":[{\"amount\":\"%d\",\"entry\":%d,\"expires_on\":\"2026-03-08\",\"id\":%d}]}", points, entry, lot);

	enter(fixture, "points", entry, postings, "", rows);
}

/* Lots are made by their row, spent up to what they have, and make up the balance. */
static void test_lots(void **state)
{
	struct fixture fixture = begin();

	(void)state;
	credit(&fixture, 1, 1, 1, 10, 10);
	credit(&fixture, 2, 2, 2, 20, 30);
	found(&fixture, NULL);
	enter(&fixture, "points", 3,
	      "{\"account\":\"P2100\",\"amount\":\"15\",\"balance\":\"-15\",\"lots\":[[1,\"-10\"],[2,\"-5\"]],\"owner\":77,\"version\":3},"
	      "{\"account\":\"P2400\",\"amount\":\"-15\",\"balance\":\"-15\",\"owner\":9,\"version\":1}", "", "");
	found(&fixture, NULL);
	enter(&fixture, "points", 4,
	      "{\"account\":\"P2100\",\"amount\":\"5\",\"balance\":\"-10\",\"lots\":[[1,\"-5\"]],\"owner\":77,\"version\":4},"
	      "{\"account\":\"P2400\",\"amount\":\"-5\",\"balance\":\"-20\",\"owner\":9,\"version\":2}", "", "");
	found(&fixture, "lot_overdrawn", NULL);
	enter(&fixture, "points", 5,
	      "{\"account\":\"P2100\",\"amount\":\"20\",\"balance\":\"10\",\"lots\":[[2,\"-15\"]],\"owner\":77,\"version\":5},"
	      "{\"account\":\"P2400\",\"amount\":\"-20\",\"balance\":\"-40\",\"owner\":9,\"version\":3}", "", "");
	found(&fixture, "lot_overdrawn", "below_zero", "lots_differ", NULL);
	credit(&fixture, 6, 3, 4, 10, 40);
	assert_string_equal(findings_at(fixture.replay.findings, 3)->code, "row_number");
	end(&fixture);
}

static void reverse(struct fixture *fixture, int entry, int amount, int balance, int version)
{
	_cleanup_free_ char *postings = xasprintf("{\"account\":\"1002\",\"amount\":\"-%d\",\"balance\":\"%d\",\"fund\":5,\"owner\":5,\"version\":%d},"
						  "{\"account\":\"3101\",\"amount\":\"%d\",\"balance\":\"%d\",\"fund\":5,\"owner\":5,\"version\":%d}",
						  amount, balance, version, amount, -balance, version);

	enter(fixture, "money", entry, postings, ",\"reverses\":1", "");
}

static void test_reversal(void **state)
{
	struct fixture fixture = begin();

	(void)state;
	money(&fixture, 1, 100, 100, 1);
	money(&fixture, 2, 100, 200, 2);
	reverse(&fixture, 3, 99, 101, 3);
	found(&fixture, "reversal_differs", NULL);
	reverse(&fixture, 4, 100, 1, 4);
	found(&fixture, "reversal_differs", "reversed_twice", NULL);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_honest), cmocka_unit_test(test_balance), cmocka_unit_test(test_gaps), cmocka_unit_test(test_partial),
		cmocka_unit_test(test_sums),   cmocka_unit_test(test_lots),    cmocka_unit_test(test_reversal),
	};

	base_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
