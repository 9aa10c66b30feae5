#include "tests/unit/unit.h"
#include "daemon/leaf_lines.h"
#include "wire/base.h"

#include <stdlib.h>
#include <string.h>

static const struct leaf_author author = { .kid = "K", .request = "R", .result = "S" };

/* What came, a line each. */
static int collect(void *arg, char *bytes, size_t length)
{
	char **all = arg, *joined = xasprintf("%s%s\n", *all, bytes);

	assert_int_equal(strlen(bytes), length);
	free(bytes);
	free(*all);
	*all = joined;
	return 0;
}

static void gives(const char *lines, int count, const char *expected)
{
	char *all = xstrdup("");

	assert_int_equal(leaf_lines_each(lines, strlen(lines), &author, collect, &all), count);
	if (expected)
		assert_string_equal(all, expected);
	free(all);
}

static void test_lines(void **state)
{
	(void)state;
	gives("\"a\":1\t\"m\":2\t\"z\":3\n\t\"m\":4\t", 2,
	      "{\"a\":1,\"kid\":\"K\",\"m\":2,\"request\":\"R\",\"result\":\"S\",\"z\":3,\"v\":1}\n"
	      "{\"kid\":\"K\",\"m\":4,\"request\":\"R\",\"v\":1}\n");
}

static void test_shapes(void **state)
{
	(void)state;
	/* The first leaf of all has the result, whether a shape begins there or not; values stand more than once, or not at all. */
	gives("\f\"a\":\fa\t\"m\":\"\fb\"\t\"z\":[\fa,\fc]\n1\tx\t2\n3\ty\t\n4\tz\t5\n\f\t\"m\":\fb\t\n6\t7", 4,
	      "{\"a\":1,\"kid\":\"K\",\"m\":\"x\",\"request\":\"R\",\"result\":\"S\",\"z\":[1,2],\"v\":1}\n"
	      "{\"a\":3,\"kid\":\"K\",\"m\":\"y\",\"request\":\"R\",\"z\":[3,],\"v\":1}\n"
	      "{\"a\":4,\"kid\":\"K\",\"m\":\"z\",\"request\":\"R\",\"z\":[4,5],\"v\":1}\n"
	      "{\"kid\":\"K\",\"m\":7,\"request\":\"R\",\"v\":1}\n");
	gives("\t\"m\":1\t\n\f\t\"m\":\fa\t\n2\n3", 3,
	      "{\"kid\":\"K\",\"m\":1,\"request\":\"R\",\"result\":\"S\",\"v\":1}\n"
	      "{\"kid\":\"K\",\"m\":2,\"request\":\"R\",\"v\":1}\n"
	      "{\"kid\":\"K\",\"m\":3,\"request\":\"R\",\"v\":1}\n");
	gives("\f\t\fp\t\n0\t1\t2\t3\t4\t5\t6\t7\t8\t9\ta\tb\tc\td\te\tf", 1, "{\"kid\":\"K\",f,\"request\":\"R\",\"result\":\"S\",\"v\":1}\n");
}

static void test_malformed(void **state)
{
	static const char *const lines[] = {
		"", "one part", "two\tparts", "four\t\t\tparts", "\t\t\n", "\f\fa\n1", "\f\t\fb\t\n1", "\f\t\f\t\n1", "\f\t\fA\t\n1", "\f\t\f", "\f\t\f\n1",
		"\f\t\fa\t\n0\t1\t2\t3\t4\t5\t6\t7\t8\t9\ta\tb\tc\td\te\tf\tg", "\t\t\n\f\t\fa\tx\ty\n1", "\f\t\fa\t\n1\t2", "\f\t\t\n1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		gives(lines[i], strcmp(lines[i], "\f\t\f") == 0 ? 0 : -1, NULL); /* a shape alone is no leaf, and no fault */
}

static int refuse(void *arg, char *bytes, size_t length)
{
	(void)length;
	free(bytes);
	return ++*(int *)arg == 2 ? -1 : 0;
}

static void test_ends_when_told(void **state)
{
	int calls = 0;

	(void)state;
	assert_int_equal(leaf_lines_each("\t\t\n\t\t\n\t\t", 8, &author, refuse, &calls), -1);
	assert_int_equal(calls, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_ends_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
