#include "audit/store.h"
#include "tests/unit/unit.h"
#include "wire/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANY 20000

static void key_of(uint64_t key[STORE_KEY], enum store_kind kind, uint64_t id)
{
	key[0] = (uint64_t)kind << 56;
	key[1] = id;
	key[2] = 0;
}

static void fill(struct store *store)
{
	uint64_t key[STORE_KEY];

	for (uint64_t id = 1; id <= MANY; id++) {
		bool is_new;

		key_of(key, STORE_LOT, id);
		store_put(store, key, &is_new)[0] = (int64_t)id * 3;
		assert_true(is_new);
	}
}

static void has_all(struct store *store)
{
	uint64_t key[STORE_KEY];

	for (uint64_t id = 1; id <= MANY; id++) {
		const int64_t *value;

		key_of(key, STORE_LOT, id);
		value = store_get(store, key);
		assert_non_null(value);
		assert_int_equal(value[0], id * 3);
	}
	key_of(key, STORE_LOT, MANY + 1);
	assert_null(store_get(store, key));
	key_of(key, STORE_JTI, 1);
	assert_null(store_get(store, key));
	assert_int_equal(store_count(store), MANY);
}

/* Values stay what they were while the table grows, and a key that was not put is not there. */
static void test_grows(void **state)
{
	struct store *store = store_open(NULL);

	(void)state;
	assert_non_null(store);
	fill(store);
	has_all(store);
	assert_null(store_close(store));
}

/* With a path it is taken up again; a file of another kind is begun anew. */
static void test_stays(void **state)
{
	char path[] = "/tmp/lovebank-test-store-XXXXXX";
	int fd = mkstemp(path);
	struct store *store;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "something else", 14), 14);
	close(fd);
	store = store_open(path);
	assert_int_equal(store_count(store), 0);
	fill(store);
	store_close(store);
	store = store_open(path);
	has_all(store);
	store_close(store);
	unlink(path);
	assert_null(store_open("/nowhere/at/all"));
}

static void count(void *arg, const uint64_t key[STORE_KEY], int64_t value[STORE_VALUE])
{
	size_t *counted = arg;

	assert_int_equal(key[0] >> 56, STORE_ENTRY);
	value[4] = 7;
	++*counted;
}

/* Going through a kind meets each of it once and nothing else, and may change the values. */
static void test_each(void **state)
{
	struct store *store = store_open(NULL);
	uint64_t key[STORE_KEY];
	size_t counted = 0;

	(void)state;
	for (uint64_t id = 1; id <= 100; id++) {
		key_of(key, id % 4 ? STORE_LOT : STORE_ENTRY, id);
		store_put(store, key, NULL);
	}
	store_each(store, STORE_ENTRY, count, &counted);
	assert_int_equal(counted, 25);
	key_of(key, STORE_ENTRY, 8);
	assert_int_equal(store_get(store, key)[4], 7);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_stays),
		cmocka_unit_test(test_each),
	};

	base_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
