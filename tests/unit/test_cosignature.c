#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/base64.h"
#include "wire/note.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Notes as a log or a witness may write them, rightly or wrongly; all of them are signed by the right key over what they say. */

#define ORIGIN "county.example/lovebank"
#define WITNESS "witness.example/秋"
#define ROOT "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg="
#define TEXT ORIGIN "\n8\n" ROOT "\n"
#define TIME 1763700000

struct parties {
	struct key *log, *witness;
	char log_verifier[NOTE_VERIFIER], witness_verifier[NOTE_VERIFIER];
};

static struct parties new_parties(void)
{
	struct parties parties = {.log = key_new_ed25519(), .witness = key_new_ed25519()};

	note_verifier(parties.log, ORIGIN, parties.log_verifier);
	note_witness_verifier(parties.witness, WITNESS, parties.witness_verifier);
	return parties;
}

static void free_parties(struct parties *parties)
{
	key_free(parties->log);
	key_free(parties->witness);
}

static void sign(const struct key *key, const char *text, unsigned char *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = NOTE_SIGNATURE;

	assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey), 1);
	assert_int_equal(EVP_DigestSign(context, signature, &length, (const unsigned char *)text, strlen(text)), 1);
	EVP_MD_CTX_free(context);
}

/* The log's line on any text, in the log's name, as base64. */
static char *log_line(const struct parties *parties, const char *text)
{
	unsigned char line[NOTE_LINE];
	char *encoded = xmalloc(BASE64_LENGTH(sizeof(line)) + 1);

	note_id(parties->log, ORIGIN, line);
	sign(parties->log, text, line + NOTE_ID);
	base64_encode(line, sizeof(line), encoded);
	return encoded;
}

static bool verifies(const struct parties *parties, const char *note)
{
	unsigned char root[TREE_HASH];
	uint64_t size;

	return note_verify(parties->log_verifier, note, &size, root) == 0;
}

static bool parses(const char *note)
{
	char origin[NOTE_VERIFIER];
	unsigned char root[TREE_HASH];
	uint64_t size;

	return note_parse(note, origin, &size, root) == 0;
}

static void texts_that_are_no_checkpoint_are_refused_though_signed(void **state)
{
	static const char *const bad[] = {
		"", "\n", "\n8\n" ROOT "\n", ORIGIN "\n", ORIGIN "\n8\n", ORIGIN "\n8\n" ROOT, ORIGIN "\n08\n" ROOT "\n", ORIGIN "\n+8\n" ROOT "\n",
		ORIGIN "\n 8\n" ROOT "\n", ORIGIN "\n8 \n" ROOT "\n", ORIGIN "\n-8\n" ROOT "\n", ORIGIN "\n\n8\n" ROOT "\n", ORIGIN "\n8.0\n" ROOT "\n",
		ORIGIN "\n18446744073709551616\n" ROOT "\n", ORIGIN "\n99999999999999999999999\n" ROOT "\n", ORIGIN "\nx\n" ROOT "\n",
		ORIGIN "\n0x8\n" ROOT "\n",
		ORIGIN "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyh=\n", /* spare bits */
		ORIGIN "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg\n", ORIGIN "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg==\n",
		ORIGIN "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQw==\n", ORIGIN "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQygA\n",
		ORIGIN "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz-Nw7_RgQyg=\n", ORIGIN "\n8\n " ROOT "\n", ORIGIN "\n8\n" ROOT " \n", ORIGIN "\n8\n\n",
		TEXT "extension\n", TEXT "\nmore\n", ORIGIN "\r\n8\r\n" ROOT "\r\n", ORIGIN "\n8\n" ROOT "\r\n", "\t" TEXT, " " TEXT, "\xef\xbb\xbf" TEXT,
		"county.example/ lovebank\n8\n" ROOT "\n", "county.example+lovebank\n8\n" ROOT "\n", "county.example/\x01\n8\n" ROOT "\n",
		"county.example/\xff\n8\n" ROOT "\n", "county.example/\xc1\x81\n8\n" ROOT "\n", "county.example/\xed\xa0\x80\n8\n" ROOT "\n",
		"county.example/\xe3\x80\x80\n8\n" ROOT "\n", "county.example/\xe2\x80\xa8\n8\n" ROOT "\n",
	};
	struct parties parties = new_parties();
	_cleanup_free_ char *line = log_line(&parties, TEXT), *good = xasprintf(TEXT "\n— " ORIGIN " %s\n", line);

	(void)state;
	assert_true(verifies(&parties, good)); /* the control */
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_free_ char *encoded = log_line(&parties, bad[i]), *note = xasprintf("%s\n— " ORIGIN " %s\n", bad[i], encoded);

		if (verifies(&parties, note) || parses(note))
			fail_msg("this was taken:\n%s", note);
	}
	free_parties(&parties);
}

static void the_extremes_of_a_size_are_taken(void **state)
{
	static const char *const good[] = {ORIGIN "\n0\n" ROOT "\n", ORIGIN "\n1\n" ROOT "\n", ORIGIN "\n18446744073709551615\n" ROOT "\n"};
	struct parties parties = new_parties();

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		_cleanup_free_ char *encoded = log_line(&parties, good[i]), *note = xasprintf("%s\n— " ORIGIN " %s\n", good[i], encoded);

		assert_true(verifies(&parties, note));
	}
	free_parties(&parties);
}

static void malformed_signature_lines_are_refused_wherever_they_stand(void **state)
{
	static const char *const bad[] = {
		"\n", "x\n", "— \n", "— name\n", "— name \n", "— AAAAAAAA\n", "- name AAAAAAAA\n", "—name AAAAAAAA\n", "—  AAAAAAAA\n",
		"— name  AAAAAAAA\n", "— name AAAAAAAA \n", "— name AAAAAAAA\r\n", " — name AAAAAAAA\n", "— na+me AAAAAAAA\n", "— name AAAAAA==\n",
		"— name AAAAAAB=\n", "— name AAAAAAA\n", "— name AAAA\n", "— name AA_AAAAA\n", "— na\xe3\x80\x80me AAAAAAAA\n", "— na\tme AAAAAAAA\n",
		"— na\xc2\xa0me AAAAAAAA\n", "— na\xc2\x85me AAAAAAAA\n", "— na\xffme AAAAAAAA\n", "— na\xc1\x81me AAAAAAAA\n", "— name AAAAAAAA",
		"\xe2\x80\x93 name AAAAAAAA\n",
	};
	static const char *const good[] = {"", "— name AAAAAAA=\n", "— name AAAAAAAA\n", "— 见证 AAAAAAAA\n", "— name AAAAAAAA\n— name AAAAAAAA\n"};
	struct parties parties = new_parties();
	_cleanup_free_ char *line = log_line(&parties, TEXT);

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		_cleanup_free_ char *after = xasprintf(TEXT "\n— " ORIGIN " %s\n%s", line, good[i]);

		assert_true(verifies(&parties, after));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_free_ char *after = xasprintf(TEXT "\n— " ORIGIN " %s\n%s", line, bad[i]);
		_cleanup_free_ char *before = xasprintf(TEXT "\n%s— " ORIGIN " %s\n", bad[i], line);

		if (verifies(&parties, after) || verifies(&parties, before) || parses(after) || parses(before))
			fail_msg("this was taken:\n%s", after);
	}
	assert_false(parses(TEXT "\n"));
	assert_false(parses(TEXT));
	free_parties(&parties);
}

static void lines_with_the_name_or_the_id_of_a_key_but_not_both_are_others(void **state)
{
	struct parties parties = new_parties();
	_cleanup_free_ char *line = log_line(&parties, TEXT), *other_id = xstrdup(line), *note = NULL, *only = NULL, *longer = NULL;

	(void)state;
	other_id[0] = other_id[0] == 'A' ? 'B' : 'A';
	note = xasprintf(TEXT "\n— " ORIGIN " %s\n— other %s\n— " ORIGIN " %s\n", other_id, line, line);
	assert_true(verifies(&parties, note));
	only = xasprintf(TEXT "\n— " ORIGIN " %s\n— other %s\n", other_id, line);
	assert_false(verifies(&parties, only));
	/* With both it is this key's, so it has to be right: here a byte is too many. */
	longer = xasprintf(TEXT "\n— " ORIGIN " %.88sAAAAAAAA\n", line);
	assert_true(parses(longer));
	assert_false(verifies(&parties, longer));
	free_parties(&parties);
}

static void another_logs_checkpoint_is_not_this_logs_though_it_signed(void **state)
{
	struct parties parties = new_parties();
	_cleanup_free_ char *line = log_line(&parties, "other.example\n8\n" ROOT "\n");
	_cleanup_free_ char *note = xasprintf("other.example\n8\n" ROOT "\n\n— " ORIGIN " %s\n", line);

	(void)state;
	assert_true(parses(note));
	assert_false(verifies(&parties, note));
	free_parties(&parties);
}

/* A note with the witness's line: any bytes. */
static void cosigned(char note[NOTE_MAX], const char *name, const unsigned char *line, size_t length)
{
	snprintf(note, NOTE_MAX, "%s", TEXT "\n— " ORIGIN " AAAAAAAA\n");
	assert_int_equal(note_add_line(note, name, line, length), 0);
}

static int cosignature(const struct parties *parties, const char *note, uint64_t *time)
{
	return note_verify_cosignature(parties->witness_verifier, note, time);
}

static void a_cosignature_verifies_beside_the_logs_line(void **state)
{
	struct parties parties = new_parties();
	_cleanup_free_ char *line = log_line(&parties, TEXT);
	unsigned char bytes[NOTE_COSIGNATURE];
	char note[NOTE_MAX];
	uint64_t time = 0;

	(void)state;
	snprintf(note, sizeof(note), TEXT "\n— " ORIGIN " %s\n", line);
	assert_int_equal(cosignature(&parties, note, &time), -1);
	note_cosign(parties.witness, WITNESS, note, TIME, bytes);
	assert_int_equal(note_add_line(note, WITNESS, bytes, sizeof(bytes)), 0);
	assert_int_equal(cosignature(&parties, note, &time), 0);
	assert_int_equal(time, TIME);
	assert_true(verifies(&parties, note));
	assert_int_equal(note_verify_cosignature(parties.log_verifier, note, &time), -1);
	for (size_t i = 0; i < strlen(parties.witness_verifier); i++) {
		parties.witness_verifier[i] ^= 1;
		assert_int_equal(cosignature(&parties, note, &time), -1);
		parties.witness_verifier[i] ^= 1;
	}
	free_parties(&parties);
}

static void every_altered_byte_of_a_cosigned_note_is_noticed(void **state)
{
	struct parties parties = new_parties();
	unsigned char bytes[NOTE_COSIGNATURE];
	uint64_t time = 42;
	char note[NOTE_MAX];
	size_t body = strlen(TEXT);

	(void)state;
	note_cosign(parties.witness, WITNESS, TEXT "\n", TIME, bytes);
	cosigned(note, WITNESS, bytes, sizeof(bytes));
	assert_int_equal(cosignature(&parties, note, &time), 0);
	time = 42;
	for (size_t i = 0; note[i]; i++) {
		if (i > body && i < body + strlen("\n— " ORIGIN " AAAAAAAA"))
			continue; /* another's line */
		note[i] ^= 1;
		if (cosignature(&parties, note, &time) == 0)
			fail_msg("byte %zu altered: %s", i, note);
		note[i] ^= 1;
	}
	assert_int_equal(time, 42);
	free_parties(&parties);
}

/* A witness's line over a message of its own making: only the right one is taken. */
static void over(const struct parties *parties, const char *message, uint64_t time, unsigned char *line)
{
	note_witness_id(parties->witness, WITNESS, line);
	for (int i = 0; i < 8; i++)
		line[NOTE_ID + i] = (unsigned char)(time >> (56 - 8 * i));
	sign(parties->witness, message, line + NOTE_ID + 8);
}

static void only_the_message_of_the_standard_is_a_cosignature(void **state)
{
	static const struct {
		const char *message;
		uint64_t time;
		int expected;
	} cases[] = {
		{"cosignature/v1\ntime 1763700000\n" TEXT, TIME, 0},
		{"cosignature/v1\ntime 0\n" TEXT, 0, 0},
		{"cosignature/v1\ntime 9223372036854775807\n" TEXT, INT64_MAX, 0},
		{"cosignature/v1\ntime 9223372036854775808\n" TEXT, (uint64_t)INT64_MAX + 1, -1},
		{"cosignature/v1\ntime 18446744073709551615\n" TEXT, UINT64_MAX, -1},
		{"cosignature/v1\ntime -1\n" TEXT, UINT64_MAX, -1},
		{"cosignature/v1\ntime 01763700000\n" TEXT, TIME, -1},
		{"cosignature/v1\ntime  1763700000\n" TEXT, TIME, -1},
		{"cosignature/v1\ntime 1763700001\n" TEXT, TIME, -1},
		{"cosignature/v1\ntime 1763700000\n" TEXT "\n", TIME, -1},
		{"cosignature/v2\ntime 1763700000\n" TEXT, TIME, -1},
		{"cosignature/v1\n" TEXT, TIME, -1},
		{"time 1763700000\n" TEXT, TIME, -1},
		{TEXT, TIME, -1},
	};
	struct parties parties = new_parties();
	unsigned char line[NOTE_COSIGNATURE];
	char note[NOTE_MAX];
	uint64_t time;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		over(&parties, cases[i].message, cases[i].time, line);
		cosigned(note, WITNESS, line, sizeof(line));
		if (cosignature(&parties, note, &time) != cases[i].expected)
			fail_msg("case %zu: %s", i, cases[i].message);
	}
	free_parties(&parties);
}

static void lines_of_other_shapes_are_no_cosignature(void **state)
{
	struct parties parties = new_parties();
	unsigned char line[NOTE_COSIGNATURE + 1] = {0}, plain[NOTE_LINE];
	char note[NOTE_MAX];
	uint64_t time;

	(void)state;
	note_cosign(parties.witness, WITNESS, TEXT "\n", TIME, line);
	cosigned(note, WITNESS, line, NOTE_COSIGNATURE + 1);
	assert_int_equal(cosignature(&parties, note, &time), -1);
	cosigned(note, WITNESS, line, NOTE_COSIGNATURE - 1);
	assert_int_equal(cosignature(&parties, note, &time), -1);
	/* Without a time, in the witness's id and name. */
	memcpy(plain, line, NOTE_ID);
	sign(parties.witness, TEXT, plain + NOTE_ID);
	cosigned(note, WITNESS, plain, sizeof(plain));
	assert_int_equal(cosignature(&parties, note, &time), -1);
	cosigned(note, "other", line, NOTE_COSIGNATURE);
	assert_int_equal(cosignature(&parties, note, &time), -1);
	/* The id that the key would have as a log's. */
	note_id(parties.witness, WITNESS, line);
	cosigned(note, WITNESS, line, NOTE_COSIGNATURE);
	assert_int_equal(cosignature(&parties, note, &time), -1);
	note_witness_id(parties.witness, WITNESS, line);
	cosigned(note, WITNESS, line, NOTE_COSIGNATURE);
	assert_int_equal(cosignature(&parties, note, &time), 0);
	assert_int_equal(note_add_line(note, WITNESS, line, NOTE_COSIGNATURE), 0);
	assert_int_equal(cosignature(&parties, note, &time), -1); /* two lines of one key */
	free_parties(&parties);
}

/* A key that signs as what it is not: the line and the verifier key agree with each other, but not with the algorithm. */
static void a_logs_key_is_no_witness_and_a_witness_no_log(void **state)
{
	struct parties parties = new_parties();
	unsigned char line[NOTE_COSIGNATURE], plain[NOTE_LINE], root[TREE_HASH];
	char verifier[NOTE_VERIFIER], note[NOTE_MAX];
	uint64_t time, size;

	(void)state;
	note_cosign(parties.witness, WITNESS, TEXT "\n", TIME, line);
	note_id(parties.witness, WITNESS, line);
	cosigned(note, WITNESS, line, sizeof(line));
	note_verifier(parties.witness, WITNESS, verifier);
	assert_int_equal(note_verify_cosignature(verifier, note, &time), -1);
	note_witness_id(parties.log, ORIGIN, plain);
	sign(parties.log, TEXT, plain + NOTE_ID);
	cosigned(note, ORIGIN, plain, sizeof(plain));
	note_witness_verifier(parties.log, ORIGIN, verifier);
	assert_int_equal(note_verify(verifier, note, &size, root), -1);
	free_parties(&parties);
}

static void a_note_is_filled_to_its_last_byte_and_no_further(void **state)
{
	static const unsigned char line[NOTE_ID + 2];
	char note[NOTE_MAX + 1], name[NOTE_MAX];
	size_t room;

	(void)state;
	snprintf(note, NOTE_MAX, "%s", TEXT "\n");
	note[NOTE_MAX] = '#';
	room = NOTE_MAX - 1 - strlen(note) - strlen("—  AAAAAAAA\n");
	memset(name, 'a', sizeof(name));
	name[room + 1] = '\0';
	assert_int_equal(note_add_line(note, name, line, sizeof(line)), -1);
	assert_string_equal(note, TEXT "\n");
	name[room] = '\0';
	assert_int_equal(note_add_line(note, name, line, sizeof(line)), 0);
	assert_int_equal(strlen(note), NOTE_MAX - 1);
	assert_int_equal(note[NOTE_MAX], '#');
}

static void sixteen_witnesses_find_room_and_too_many_are_said(void **state)
{
	struct parties parties = new_parties();
	unsigned char line[NOTE_COSIGNATURE], other[NOTE_COSIGNATURE] = {0};
	char note[NOTE_MAX], before[NOTE_MAX];
	uint64_t time;
	int count = 1;

	(void)state;
	note_cosign(parties.witness, WITNESS, TEXT "\n", TIME, line);
	cosigned(note, WITNESS, line, sizeof(line));
	for (; note_add_line(note, "other.example/witness", other, sizeof(other)) == 0; count++) {
		assert_int_equal(cosignature(&parties, note, &time), 0);
		memcpy(before, note, sizeof(before));
	}
	assert_true(count > 16);
	assert_string_equal(note, before);
	assert_true(parses(note));
	free_parties(&parties);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_that_are_no_checkpoint_are_refused_though_signed),
		cmocka_unit_test(the_extremes_of_a_size_are_taken),
		cmocka_unit_test(malformed_signature_lines_are_refused_wherever_they_stand),
		cmocka_unit_test(lines_with_the_name_or_the_id_of_a_key_but_not_both_are_others),
		cmocka_unit_test(another_logs_checkpoint_is_not_this_logs_though_it_signed),
		cmocka_unit_test(a_cosignature_verifies_beside_the_logs_line),
		cmocka_unit_test(every_altered_byte_of_a_cosigned_note_is_noticed),
		cmocka_unit_test(only_the_message_of_the_standard_is_a_cosignature),
		cmocka_unit_test(lines_of_other_shapes_are_no_cosignature),
		cmocka_unit_test(a_logs_key_is_no_witness_and_a_witness_no_log),
		cmocka_unit_test(a_note_is_filled_to_its_last_byte_and_no_further),
		cmocka_unit_test(sixteen_witnesses_find_room_and_too_many_are_said),
	};

	base_init();
	return cmocka_run_group_tests_name("cosignature", tests, NULL, NULL);
}
