#include "tests/unit/unit.h"
#include "wire/base64url.h"

#include <string.h>

static void encodes(const char *plain, const char *expected)
{
	char text[64];
	unsigned char back[64];

	base64url_encode(plain, strlen(plain), text);
	assert_string_equal(text, expected);
	assert_int_equal(strlen(text), BASE64URL_LENGTH(strlen(plain)));
	assert_int_equal(base64url_decode(text, strlen(text), back, sizeof(back)), strlen(plain));
	assert_memory_equal(back, plain, strlen(plain));
}

static void the_vectors_of_rfc_4648_hold_without_padding(void **state)
{
	(void)state;
	encodes("", "");
	encodes("f", "Zg");
	encodes("fo", "Zm8");
	encodes("foo", "Zm9v");
	encodes("foob", "Zm9vYg");
	encodes("fooba", "Zm9vYmE");
	encodes("foobar", "Zm9vYmFy");
	encodes("\xfb\xff\xbf", "-_-_");
}

static void every_byte_comes_back(void **state)
{
	unsigned char bytes[256], back[256];
	char text[BASE64URL_LENGTH(256) + 1];

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		bytes[i] = (unsigned char)(255 - i);
	base64url_encode(bytes, sizeof(bytes), text);
	assert_int_equal(base64url_decode(text, strlen(text), back, sizeof(back)), 256);
	assert_memory_equal(back, bytes, sizeof(bytes));
}

static void other_spellings_are_refused(void **state)
{
	static const char *const bad[] = {"Zg==", "Zg=", "Z", "Zm9vY", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm9v\n", " Zm9v", "Zm\xc3\xa9"};
	unsigned char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (base64url_decode(bad[i], strlen(bad[i]), out, sizeof(out)) != -1)
			fail_msg("%s was taken", bad[i]);
	assert_int_equal(base64url_decode("Zg\0v", 4, out, sizeof(out)), -1);
}

static void the_room_is_kept(void **state)
{
	unsigned char out[3] = {1, 2, 3};

	(void)state;
	assert_int_equal(base64url_decode("Zm9v", 4, out, 2), -1);
	assert_int_equal(base64url_decode("Zm8", 3, out, 2), 2);
	assert_int_equal(out[2], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_4648_hold_without_padding),
		cmocka_unit_test(every_byte_comes_back),
		cmocka_unit_test(other_spellings_are_refused),
		cmocka_unit_test(the_room_is_kept),
	};

	return cmocka_run_group_tests_name("base64url", tests, NULL, NULL);
}
