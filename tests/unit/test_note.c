#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/note.h"

#include <stdlib.h>
#include <string.h>

#define ORIGIN "county.example/lovebank"

static const unsigned char root[TREE_HASH] = {
	0x5d, 0xc9, 0xda, 0x79, 0xa7, 0x06, 0x59, 0xa9, 0xad, 0x55, 0x9c, 0xb7, 0x01, 0xde, 0xd9, 0xa2,
	0xab, 0x9d, 0x82, 0x3a, 0xad, 0x2f, 0x49, 0x60, 0xcf, 0xe3, 0x70, 0xef, 0xf4, 0x60, 0x43, 0x28,
};

struct signed_note {
	struct key *key;
	char verifier[NOTE_MAX], text[NOTE_MAX];
};

static struct signed_note make_note(void)
{
	struct signed_note note = {.key = key_new_ed25519()};
	unsigned char signature[NOTE_SIGNATURE];

	note_sign(note.key, ORIGIN, 8, root, signature);
	note_write(note.key, ORIGIN, 8, root, signature, note.text);
	note_verifier(note.key, ORIGIN, note.verifier);
	return note;
}

static void is_refused(const char *verifier, const char *text)
{
	unsigned char found[TREE_HASH];
	uint64_t size = 42;

	assert_int_equal(note_verify(verifier, text, &size, found), -1);
	assert_int_equal(size, 42);
}

static void a_note_has_the_form_of_a_checkpoint(void **state)
{
	static const char start[] = ORIGIN "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n— " ORIGIN " ";
	struct signed_note note = make_note();

	(void)state;
	assert_memory_equal(note.text, start, strlen(start));
	assert_int_equal(strlen(note.text), strlen(start) + 92 + 1);
	assert_int_equal(note.text[strlen(note.text) - 1], '\n');
	key_free(note.key);
}

static void a_signed_note_verifies(void **state)
{
	struct signed_note note = make_note();
	unsigned char found[TREE_HASH];
	uint64_t size;

	(void)state;
	assert_int_equal(note_verify(note.verifier, note.text, &size, found), 0);
	assert_int_equal(size, 8);
	assert_memory_equal(found, root, TREE_HASH);
	key_free(note.key);
}

static void every_altered_byte_is_noticed(void **state)
{
	struct signed_note note = make_note();

	(void)state;
	for (size_t i = 0; note.text[i]; i++) {
		note.text[i] ^= 1;
		is_refused(note.verifier, note.text);
		note.text[i] ^= 1;
	}
	key_free(note.key);
}

static void every_altered_byte_of_the_verifier_is_noticed(void **state)
{
	struct signed_note note = make_note();

	(void)state;
	for (size_t i = 0; note.verifier[i]; i++) {
		note.verifier[i] ^= 1;
		is_refused(note.verifier, note.text);
		note.verifier[i] ^= 1;
	}
	is_refused("", note.text);
	is_refused("++", note.text);
	is_refused(note.verifier, "");
	is_refused(note.verifier, "\n\n");
	key_free(note.key);
}

static void signatures_of_others_beside_it_do_no_harm(void **state)
{
	struct signed_note note = make_note(), other = make_note();
	char *body_end = strstr(note.text, "\n\n") + 2;
	char *both = xasprintf("%.*s— witness.example AAAAAAAA\n%s%s", (int)(body_end - note.text), note.text,
			       strstr(other.text, "\n\n") + 2, body_end);
	unsigned char found[TREE_HASH];
	uint64_t size;

	(void)state;
	assert_int_equal(note_verify(note.verifier, both, &size, found), 0);
	assert_int_equal(note_verify(other.verifier, both, &size, found), 0);
	is_refused(note.verifier, other.text);
	free(both);
	key_free(note.key);
	key_free(other.key);
}

/* The verifier key in the documentation of golang.org/x/mod/sumdb/note. */
static void the_key_id_is_that_of_signed_note(void **state)
{
	static const char verifier[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
	static const unsigned char bytes[] = {
		0x1a, 0x5c, 0xd9, 0x07, 0x14, 0x3c, 0x38, 0x4c, 0x41, 0xe8, 0x30, 0xc5, 0xbc, 0xe1, 0x2a, 0xa8,
		0x81, 0x7e, 0xc5, 0x64, 0x9a, 0xaa, 0xbf, 0x2c, 0x31, 0x38, 0x8b, 0x35, 0xb2, 0xd7, 0x44, 0xd6,
	};
	struct key key = {.pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes, sizeof(bytes))};
	char text[NOTE_MAX];

	(void)state;
	note_verifier(&key, "PeterNeumann", text);
	assert_string_equal(text, verifier);
	EVP_PKEY_free(key.pkey);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_note_has_the_form_of_a_checkpoint),
		cmocka_unit_test(a_signed_note_verifies),
		cmocka_unit_test(every_altered_byte_is_noticed),
		cmocka_unit_test(every_altered_byte_of_the_verifier_is_noticed),
		cmocka_unit_test(signatures_of_others_beside_it_do_no_harm),
		cmocka_unit_test(the_key_id_is_that_of_signed_note),
	};

	base_init();
	return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
