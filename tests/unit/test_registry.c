/* What the audit remembers of the organisation, and by what right somebody acts. */
#include "audit/authority.h"
#include "audit/chart.h"
#include "audit/registry.h"
#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/op.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void add(struct registry *registry, const char *table, const char *text, int64_t leaf)
{
	json_t *row = json_loads(text, 0, NULL);

	assert_non_null(row);
	assert_true(registry_add(registry, table, row, leaf));
	json_decref(row);
}

/* A city, a county in it, two communities; operator 1 governs all, 2 works in the first community, 3 audits the county. */
static struct registry *city(void)
{
	struct registry *registry = registry_new();

	add(registry, "identity", "{\"one\":true,\"aud\":\"test.example\"}", 0);
	add(registry, "node", "{\"id\":1,\"kind\":\"city\",\"code\":\"CITY\",\"name\":\"c\"}", 0);
	add(registry, "node", "{\"id\":2,\"parent\":1,\"kind\":\"county\",\"code\":\"QX\",\"name\":\"q\"}", 1);
	add(registry, "node", "{\"id\":3,\"parent\":2,\"kind\":\"community\",\"code\":\"C1\",\"name\":\"a\"}", 2);
	add(registry, "node", "{\"id\":4,\"parent\":2,\"kind\":\"community\",\"code\":\"C2\",\"name\":\"b\"}", 3);
	for (int i = 1; i <= 3; i++) {
		char text[128];

		snprintf(text, sizeof(text), "{\"id\":%d,\"person\":%d,\"kid\":\"k%d\",\"jwk\":{}}", i, i, i);
		add(registry, "operator", text, 3 + i);
	}
	add(registry, "role_grant", "{\"id\":1,\"operator\":1,\"role\":\"administrator\",\"node\":1}", 4);
	add(registry, "role_grant", "{\"id\":2,\"operator\":2,\"role\":\"worker\",\"node\":3}", 5);
	add(registry, "role_grant", "{\"id\":3,\"operator\":3,\"role\":\"auditor\",\"node\":2}", 6);
	return registry;
}

static void a_node_lies_under_its_parents(void **state)
{
	struct registry *registry = city();

	(void)state;
	assert_string_equal(registry_aud(registry), "test.example");
	assert_int_equal(registry_node_coded(registry, "C2")->id, 4);
	assert_null(registry_node_coded(registry, "C3"));
	assert_true(registry_is_under(registry, 3, 1) && registry_is_under(registry, 3, 2) && registry_is_under(registry, 3, 3));
	assert_false(registry_is_under(registry, 3, 4) || registry_is_under(registry, 2, 3) || registry_is_under(registry, 9, 1));
	registry_free(registry);
}

static void a_ring_of_nodes_does_not_hang(void **state)
{
	struct registry *registry = registry_new();

	(void)state;
	add(registry, "node", "{\"id\":1,\"parent\":2,\"code\":\"A\"}", 0);
	add(registry, "node", "{\"id\":2,\"parent\":1,\"code\":\"B\"}", 0);
	assert_false(registry_is_under(registry, 1, 3));
	registry_free(registry);
}

static void a_grant_reaches_what_lies_below_it(void **state)
{
	struct registry *registry = city();

	(void)state;
	assert_true(registry_may(registry, 2, "service_confirm", 3));
	assert_true(registry_may(registry, 2, "service_confirm", 0));
	assert_false(registry_may(registry, 2, "service_confirm", 4));
	assert_false(registry_may(registry, 2, "service_record", 3));
	assert_false(registry_may(registry, 9, "service_confirm", 3));
	assert_true(registry_may(registry, 1, "rule_set", 1));
	assert_true(registry_may(registry, 3, "ledger_leaves", 4));
	assert_false(registry_may(registry, 3, "ledger_leaves", 1));
	assert_true(registry_holds(registry, 3, "auditor", 4));
	assert_false(registry_holds(registry, 3, "worker", 4));
	registry_free(registry);
}

static void what_is_taken_back_holds_no_more(void **state)
{
	struct registry *registry = city();

	(void)state;
	assert_non_null(registry_live_grant(registry, 2, "worker", 3));
	assert_true(registry_administered_without(registry, 2, 0));
	assert_false(registry_administered_without(registry, 1, 0) || registry_administered_without(registry, 0, 1));
	add(registry, "role_revocation", "{\"role_grant\":2}", 20);
	assert_false(registry_may(registry, 2, "service_confirm", 3));
	assert_null(registry_live_grant(registry, 2, "worker", 3));
	assert_int_equal(registry_grant_at(registry, 1)->ended, 20);
	add(registry, "operator_revocation", "{\"operator\":1,\"reason\":\"x\"}", 21);
	add(registry, "operator_revocation", "{\"operator\":1,\"reason\":\"y\"}", 22);
	assert_int_equal(registry_operator(registry, 1)->ended, 21);
	assert_false(registry_administered_without(registry, 0, 0));
	registry_free(registry);
}

static void a_key_that_is_none_is_nobodys(void **state)
{
	struct registry *registry = city();

	(void)state;
	assert_null(registry_operator(registry, 1)->key);
	assert_null(registry_operator_of(registry, "k1"));
	registry_free(registry);
}

static void the_rule_of_a_day_is_the_latest_that_had_begun(void **state)
{
	struct registry *registry = city();

	(void)state;
	add(registry, "rule", "{\"id\":1,\"effective_from\":\"1970-01-11\",\"points\":\"10\",\"minutes\":60}", 7);
	add(registry, "rule", "{\"id\":2,\"effective_from\":\"1970-01-21\",\"points\":\"20\",\"minutes\":60}", 8);
	add(registry, "rule", "{\"id\":3,\"effective_from\":\"1970-01-11\",\"points\":\"11\",\"minutes\":60}", 9);
	assert_null(registry_rule_on(registry, 9));
	assert_int_equal(registry_rule_on(registry, 10)->id, 3);
	assert_int_equal(registry_rule_on(registry, 19)->points, 11);
	assert_int_equal(registry_rule_on(registry, 20)->id, 2);
	registry_free(registry);
}

static void thousands_of_rows_are_found_again(void **state)
{
	struct registry *registry = registry_new();
	char text[128];

	(void)state;
	for (int i = 1; i <= 5000; i++) {
		snprintf(text, sizeof(text), "{\"id\":%d,\"label\":\"purpose %d\"}", i, i);
		add(registry, "purpose", text, i);
	}
	for (int i = 1; i <= 5000; i++) {
		snprintf(text, sizeof(text), "purpose %d", i);
		assert_int_equal(registry_item_named(registry, "purpose", text)->key, i);
		assert_int_equal(registry_item(registry, "purpose", i)->made, i);
	}
	assert_int_equal(registry_count(registry, "purpose"), 5000);
	assert_null(registry_item(registry, "purpose", 5001));
	assert_null(registry_item_at(registry, "purpose", 5000));
	registry_free(registry);
}

static void a_table_that_is_not_kept_is_said_to_be_none(void **state)
{
	struct registry *registry = registry_new();
	json_t *row = json_object();

	(void)state;
	assert_false(registry_add(registry, "redemption", row, 0));
	json_decref(row);
	registry_free(registry);
}

static void what_is_saved_is_loaded(void **state)
{
	struct registry *registry = city(), *loaded;
	json_t *saved, *again;

	(void)state;
	add(registry, "ledger_key", "{\"id\":1,\"use\":\"log\",\"kid\":\"00000000\",\"public\":\"v\"}", 30);
	add(registry, "ledger_key_end", "{\"ledger_key\":1,\"reason\":\"x\"}", 31);
	saved = registry_save(registry);
	loaded = registry_load(saved);
	assert_non_null(loaded);
	again = registry_save(loaded);
	assert_true(json_equal(saved, again));
	assert_int_equal(registry_ledger_key_at(loaded, 0)->ended, 31);
	assert_true(registry_may(loaded, 2, "service_confirm", 3));
	json_decref(again);
	registry_free(loaded);
	json_array_append_new(saved, json_string("x"));
	assert_null(registry_load(saved));
	assert_null(registry_load(NULL));
	json_decref(saved);
	registry_free(registry);
}

static void every_operation_has_somebody_who_may(void **state)
{
	(void)state;
	for (size_t i = 0; op_at(i)->name; i++)
		if (!authority_roles(op_at(i)->name))
			fail_msg("nobody may %s", op_at(i)->name);
	assert_int_equal(authority_roles("ledger_found"), 0);
	assert_int_equal(authority_roles("redemption_make"), authority_role("worker") | authority_role("till"));
	assert_int_equal(authority_roles("org_list"), 255);
	assert_int_equal(authority_role("tills"), 0);
}

static void the_chart_is_found_by_number(void **state)
{
	(void)state;
	for (const struct chart *account = chart; account->number; account++)
		assert_ptr_equal(chart_find(account->number), account);
	assert_null(chart_find("9999"));
	assert_true(chart_find("P2100")->lots && chart_find("P2100")->never_below);
	assert_false(chart_find("P2400")->lots || chart_find("1002")->never_below);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_node_lies_under_its_parents),
		cmocka_unit_test(a_ring_of_nodes_does_not_hang),
		cmocka_unit_test(a_grant_reaches_what_lies_below_it),
		cmocka_unit_test(what_is_taken_back_holds_no_more),
		cmocka_unit_test(a_key_that_is_none_is_nobodys),
		cmocka_unit_test(the_rule_of_a_day_is_the_latest_that_had_begun),
		cmocka_unit_test(thousands_of_rows_are_found_again),
		cmocka_unit_test(a_table_that_is_not_kept_is_said_to_be_none),
		cmocka_unit_test(what_is_saved_is_loaded),
		cmocka_unit_test(every_operation_has_somebody_who_may),
		cmocka_unit_test(the_chart_is_found_by_number),
	};

	base_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
