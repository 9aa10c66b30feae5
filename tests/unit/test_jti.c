#include "tests/unit/unit.h"
#include "wire/clock.h"
#include "wire/jti.h"

#include <string.h>

/* RFC 9562, appendix A.6: Tuesday, February 22, 2022 2:22:22.00 PM GMT-05:00. */
static const unsigned char example[JTI_BYTES] = { 0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c, 0xc3, 0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f };

static void the_time_the_version_and_the_variant_stand_over_random_bytes(void **state)
{
	static const unsigned char none[JTI_BYTES] = { 0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c, 0xc0, 0x80 };
	unsigned char jti[JTI_BYTES];
	int64_t time;

	(void)state;
	assert_int_equal(clock_parse("2022-02-22T14:22:22.000797-05:00", &time), 0);
	memset(jti, 0xff, 8); /* is written over */
	memcpy(jti + 8, example + 8, sizeof(jti) - 8);
	jti_stamp(jti, time);
	jti[7] |= 3; /* the example's last quarter of a microsecond */
	assert_memory_equal(jti, example, sizeof(jti));
	memset(jti, 0, sizeof(jti));
	jti_stamp(jti, time);
	assert_memory_equal(jti, none, sizeof(jti));
	memset(jti, 0xff, sizeof(jti));
	jti_stamp(jti, time);
	assert_int_equal(jti[8], 0xbf);
	assert_int_equal(jti[15], 0xff);
}

static void a_later_number_stands_behind(void **state)
{
	static const int64_t times[] = { 0, 1, 999, 1000, INT64_C(1741399200999998), INT64_C(1741399200999999), INT64_C(1741399201000000) };
	unsigned char before[JTI_BYTES], after[JTI_BYTES];

	(void)state;
	for (size_t i = 1; i < sizeof(times) / sizeof(*times); i++) {
		memset(before, 0xff, sizeof(before));
		memset(after, 0, sizeof(after));
		jti_stamp(before, times[i - 1]);
		jti_stamp(after, times[i]);
		assert_true(memcmp(before, after, sizeof(before)) < 0);
	}
}

static void new_numbers_are_of_now_and_differ(void **state)
{
	unsigned char one[JTI_BYTES], other[JTI_BYTES], early[JTI_BYTES], late[JTI_BYTES];

	(void)state;
	memset(early, 0, sizeof(early));
	memset(late, 0xff, sizeof(late));
	jti_stamp(early, clock_now());
	jti_new(one);
	jti_new(other);
	jti_stamp(late, clock_now());
	assert_true(memcmp(one, other, sizeof(one)) != 0);
	assert_true(memcmp(early, one, sizeof(one)) <= 0 && memcmp(one, late, sizeof(one)) <= 0);
	assert_true(memcmp(early, other, sizeof(one)) <= 0 && memcmp(other, late, sizeof(one)) <= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_time_the_version_and_the_variant_stand_over_random_bytes),
		cmocka_unit_test(a_later_number_stands_behind),
		cmocka_unit_test(new_numbers_are_of_now_and_differ),
	};

	return cmocka_run_group_tests_name("jti", tests, NULL, NULL);
}
