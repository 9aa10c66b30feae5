#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/base64.h"
#include "wire/note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORIGIN "county.example/lovebank"

static const unsigned char root[TREE_HASH] = {
	0x5d, 0xc9, 0xda, 0x79, 0xa7, 0x06, 0x59, 0xa9, 0xad, 0x55, 0x9c, 0xb7, 0x01, 0xde, 0xd9, 0xa2,
	0xab, 0x9d, 0x82, 0x3a, 0xad, 0x2f, 0x49, 0x60, 0xcf, 0xe3, 0x70, 0xef, 0xf4, 0x60, 0x43, 0x28,
};

struct signed_note {
	struct key *key;
	char verifier[NOTE_VERIFIER], text[NOTE_MAX];
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

/* Verifier keys of others: the documentation and tests of golang.org/x/mod/sumdb/note, C2SP signed-note, Go's checksum
 * database, and two of a Certificate Transparency log and its witness. The second has '+' in its base64. */
static const char *const logs[] = {
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
	"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
	"EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
	"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	"log2025-1.rekor.sigstore.dev+cf119915+AbfK5adZJxsI323FwGD2AJJ9F4i89cfDuLdGJBIYntuO",
};
#define LOG_KEY "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
#define WITNESS_KEY "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"

/* A key from the text of a verifier key, and its name. */
static struct key key_of(const char *verifier, char *name)
{
	const char *id = strchr(verifier, '+'), *public = strchr(id + 1, '+') + 1;
	unsigned char bytes[33];

	assert_int_equal(base64_decode(public, strlen(public), bytes, sizeof(bytes)), sizeof(bytes));
	snprintf(name, NOTE_VERIFIER, "%.*s", (int)(id - verifier), verifier);
	return (struct key){.pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes + 1, 32)};
}

static void key_ids_are_those_of_others(void **state)
{
	char text[NOTE_VERIFIER], name[NOTE_VERIFIER];
	struct key key;

	(void)state;
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		key = key_of(logs[i], name);
		note_verifier(&key, name, text);
		assert_string_equal(text, logs[i]);
		EVP_PKEY_free(key.pkey);
	}
	key = key_of(WITNESS_KEY, name);
	note_witness_verifier(&key, name, text);
	assert_string_equal(text, WITNESS_KEY);
	EVP_PKEY_free(key.pkey);
}

/* The private key in the documentation of golang.org/x/mod/sumdb/note, and its public one. */
static void a_private_key_has_the_verifier_of_others(void **state)
{
	static const char private[] = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
	char text[NOTE_VERIFIER];
	unsigned char bytes[33];
	struct key key;

	(void)state;
	assert_int_equal(base64_decode(private, strlen(private), bytes, sizeof(bytes)), sizeof(bytes));
	key.pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes + 1, 32);
	note_verifier(&key, "PeterNeumann", text);
	assert_string_equal(text, logs[0]);
	EVP_PKEY_free(key.pkey);
}

/* A checkpoint of a Certificate Transparency log as it was published: the log's Ed25519 line beside another of its name, and
 * four witnesses. */
static const char published[] =
	"arche2025h1.staging.ct.transparency.dev\n1432088532\nU7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n\n"
	"— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2B"
	"XaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=\n"
	"— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry"
	"1k3ZFWwQ=\n"
	"— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRA"
	"ErumC2q44vdgJY096st5BQ==\n"
	"— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0Xwz"
	"dZsDsUAQ==\n"
	"— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==\n"
	"— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==\n";

static void a_published_checkpoint_and_its_cosignature_verify(void **state)
{
	char *text = xstrdup(published);
	unsigned char found[TREE_HASH];
	uint64_t size = 0, time = 0;

	(void)state;
	assert_int_equal(note_verify(LOG_KEY, text, &size, found), 0);
	assert_int_equal(size, 1432088532);
	assert_int_equal(found[0], 0x53);
	assert_int_equal(note_verify_cosignature(WITNESS_KEY, text, &time), 0);
	assert_int_equal(time, 0x6a122120);
	is_refused(WITNESS_KEY, text);
	assert_int_equal(note_verify_cosignature(LOG_KEY, text, &time), -1);
	text[strlen("arche2025h1.staging.ct.transparency.dev\n")] = '2';
	is_refused(LOG_KEY, text);
	assert_int_equal(note_verify_cosignature(WITNESS_KEY, text, &time), -1);
	free(text);
}

static void a_checkpoint_is_read_without_its_keys(void **state)
{
	unsigned char found[TREE_HASH];
	char origin[NOTE_VERIFIER];
	uint64_t size = 0;

	(void)state;
	assert_int_equal(note_parse(published, origin, &size, found), 0);
	assert_string_equal(origin, "arche2025h1.staging.ct.transparency.dev");
	assert_int_equal(size, 1432088532);
}

static void several_keys_of_the_log_sign_one_note(void **state)
{
	struct signed_note old = make_note(), new = make_note();
	unsigned char lines[2 * NOTE_LINE], found[TREE_HASH];
	uint64_t size = 0;
	char text[NOTE_MAX];

	(void)state;
	note_id(old.key, ORIGIN, lines);
	note_sign(old.key, ORIGIN, 8, root, lines + NOTE_ID);
	note_id(new.key, ORIGIN, lines + NOTE_LINE);
	note_sign(new.key, ORIGIN, 8, root, lines + NOTE_LINE + NOTE_ID);
	note_write_lines(ORIGIN, 8, root, lines, 1, text);
	assert_string_equal(text, old.text);
	note_write_lines(ORIGIN, 8, root, lines, 2, text);
	assert_int_equal(note_verify(old.verifier, text, &size, found), 0);
	assert_int_equal(note_verify(new.verifier, text, &size, found), 0);
	lines[NOTE_LINE - 1] ^= 1; /* the old key's line is wrong: the new one's stands */
	note_write_lines(ORIGIN, 8, root, lines, 2, text);
	is_refused(old.verifier, text);
	assert_int_equal(note_verify(new.verifier, text, &size, found), 0);
	key_free(old.key);
	key_free(new.key);
}

static void two_lines_of_one_key_are_refused(void **state)
{
	struct signed_note note = make_note();
	unsigned char lines[2 * NOTE_LINE];
	char text[NOTE_MAX];

	(void)state;
	note_id(note.key, ORIGIN, lines);
	note_sign(note.key, ORIGIN, 8, root, lines + NOTE_ID);
	memcpy(lines + NOTE_LINE, lines, NOTE_LINE);
	note_write_lines(ORIGIN, 8, root, lines, 2, text);
	is_refused(note.verifier, text);
	lines[NOTE_LINE + 40] ^= 1;
	note_write_lines(ORIGIN, 8, root, lines, 2, text);
	is_refused(note.verifier, text);
	key_free(note.key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_note_has_the_form_of_a_checkpoint),
		cmocka_unit_test(a_signed_note_verifies),
		cmocka_unit_test(every_altered_byte_is_noticed),
		cmocka_unit_test(every_altered_byte_of_the_verifier_is_noticed),
		cmocka_unit_test(signatures_of_others_beside_it_do_no_harm),
		cmocka_unit_test(key_ids_are_those_of_others),
		cmocka_unit_test(a_private_key_has_the_verifier_of_others),
		cmocka_unit_test(a_published_checkpoint_and_its_cosignature_verify),
		cmocka_unit_test(a_checkpoint_is_read_without_its_keys),
		cmocka_unit_test(several_keys_of_the_log_sign_one_note),
		cmocka_unit_test(two_lines_of_one_key_are_refused),
	};

	base_init();
	return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
