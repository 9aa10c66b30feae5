#include "tests/unit/unit.h"
#include "wire/base64.h"

#include <string.h>

static void encodes(const char *plain, const char *expected)
{
	char text[64];
	unsigned char back[64];

	base64_encode(plain, strlen(plain), text);
	assert_string_equal(text, expected);
	assert_int_equal(strlen(text), BASE64_LENGTH(strlen(plain)));
	assert_int_equal(base64_decode(text, strlen(text), back, sizeof(back)), strlen(plain));
	assert_memory_equal(back, plain, strlen(plain));
}

static void the_vectors_of_rfc_4648_hold(void **state)
{
	(void)state;
	encodes("", "");
	encodes("f", "Zg==");
	encodes("fo", "Zm8=");
	encodes("foo", "Zm9v");
	encodes("foob", "Zm9vYg==");
	encodes("fooba", "Zm9vYmE=");
	encodes("foobar", "Zm9vYmFy");
	encodes("\xfb\xff\xbf", "+/+/");
}

static void every_byte_comes_back(void **state)
{
	unsigned char bytes[256], back[256];
	char text[BASE64_LENGTH(256) + 1];

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		bytes[i] = (unsigned char)(255 - i);
	for (size_t length = 0; length <= sizeof(bytes); length++) {
		base64_encode(bytes, length, text);
		assert_int_equal(base64_decode(text, strlen(text), back, length), length);
		assert_memory_equal(back, bytes, length);
	}
}

static void other_spellings_are_refused(void **state)
{
	static const char *const bad[] = {
		"Zg", "Zg=", "Z", "Zm9vYg", "Zh==", "Zm9=", "Zm9vYh==", "Zm-v", "Zm_v", "Zm9v\n", "\nZm9v", " Zm9v", "Zm9v ", "Zm9v    ",
		"====", "A===", "=", "==", "Zg==Zg==", "Zm8=Zm8=", "Zg=A", "Z===", "Zm=v", "=m9v", "Zm9\xc3\xa9", "Zm9v====",
	};
	unsigned char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (base64_decode(bad[i], strlen(bad[i]), out, sizeof(out)) != -1)
			fail_msg("%s was taken", bad[i]);
	assert_int_equal(base64_decode("Zg\0v", 4, out, sizeof(out)), -1);
}

static void the_room_is_kept(void **state)
{
	unsigned char out[3] = {1, 2, 3};

	(void)state;
	assert_int_equal(base64_decode("Zm9v", 4, out, 2), -1);
	assert_int_equal(base64_decode("Zm8=", 4, out, 2), 2);
	assert_int_equal(out[2], 3);
	assert_int_equal(base64_decode("Zg==", 4, out, 1), 1);
	assert_int_equal(base64_decode("Zg==", 4, out, 0), -1);
	assert_int_equal(base64_decode("", 0, out, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_4648_hold),
		cmocka_unit_test(every_byte_comes_back),
		cmocka_unit_test(other_spellings_are_refused),
		cmocka_unit_test(the_room_is_kept),
	};

	return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
