#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void comes_back_as(const char *text, const char *expected)
{
	char back[CLOCK_TEXT];
	int64_t time;

	if (clock_parse(text, &time) < 0)
		fail_msg("%s was refused", text);
	clock_text(time, back);
	assert_string_equal(back, expected);
}

static void known_times_are_read(void **state)
{
	int64_t time;

	(void)state;
	assert_int_equal(clock_parse("1970-01-01T00:00:00Z", &time), 0);
	assert_int_equal(time, 0);
	assert_int_equal(clock_parse("2025-03-08T09:00:00+08:00", &time), 0);
	assert_int_equal(time, INT64_C(1741395600000000));
	assert_int_equal(clock_parse("1969-12-31T23:59:59.999999Z", &time), 0);
	assert_int_equal(time, -1);
}

static void times_are_written_in_utc_with_microseconds(void **state)
{
	(void)state;
	comes_back_as("2025-03-08T09:00:00.000001+08:00", "2025-03-08T01:00:00.000001Z");
	comes_back_as("2025-03-01T00:30:00+08:00", "2025-02-28T16:30:00.000000Z");
	comes_back_as("2024-02-29T23:59:59.5Z", "2024-02-29T23:59:59.500000Z");
	comes_back_as("2024-12-31T20:00:00-05:30", "2025-01-01T01:30:00.000000Z");
	comes_back_as("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z");
	comes_back_as("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z");
	comes_back_as("1000-01-01T00:00:00Z", "1000-01-01T00:00:00.000000Z");
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"2025-03-08",
		"2025-03-08T09:00:00",
		"2025-03-08 09:00:00Z",
		"2025-03-08t09:00:00z",
		"2025-3-08T09:00:00Z",
		"2025-02-29T09:00:00Z",
		"2025-04-31T09:00:00Z",
		"2025-00-08T09:00:00Z",
		"2025-13-08T09:00:00Z",
		"2025-03-00T09:00:00Z",
		"2025-03-08T24:00:00Z",
		"2025-03-08T09:60:00Z",
		"2025-03-08T23:59:60Z",
		"2025-03-08T09:00:00+16:00",
		"2025-03-08T09:00:00-23:59",
		"2025-03-08T09:00:00.Z",
		"2025-03-08T09:00:00.1234567Z",
		"2025-03-08T09:00:00+0800",
		"2025-03-08T09:00:00+24:00",
		"2025-03-08T09:00:00+08:60",
		"2025-03-08T09:00:00Zx",
		"2025-03-08T09:00Z",
		"0025-03-08T09:00:00Z",
		"+2025-03-08T09:00:00Z",
	};
	int64_t time = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (clock_parse(bad[i], &time) == 0)
			fail_msg("%s was taken", bad[i]);
	assert_int_equal(time, 42);
}

static void set(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fprintf(file, "%s\n", text);
	fclose(file);
}

static void the_clock_can_be_set_and_moves_with_its_file(void **state)
{
	char path[] = "/tmp/clock.XXXXXX";
	int64_t first;

	(void)state;
	assert_false(clock_is_set());
	close(mkstemp(path));
	set(path, "2025-03-08T09:00:00+08:00");
	clock_set_file(path);
	assert_true(clock_is_set());
	first = clock_now();
	assert_int_equal(first, INT64_C(1741395600000000));
	set(path, "2025-03-08T09:00:01+08:00");
	assert_int_equal(clock_now() - first, 1000000);
	clock_set_file(NULL);
	unlink(path);
}

static void the_system_clock_is_past_2025(void **state)
{
	(void)state;
	assert_true(clock_now() > INT64_C(1741395600000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_times_are_read),
		cmocka_unit_test(times_are_written_in_utc_with_microseconds),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(the_clock_can_be_set_and_moves_with_its_file),
		cmocka_unit_test(the_system_clock_is_past_2025),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
