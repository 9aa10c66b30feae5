#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "c2sp.org/tlog-proof@v1\n"
#define HASH_A "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ="
#define HASH_B "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA="
/* The example of C2SP tlog-checkpoint; its signature is not looked at here. */
#define NOTE                                                                                                                     \
	"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"                              \
	"— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"

static void taken(const char *text, uint64_t index, unsigned count)
{
	uint64_t found_index = 0;
	const char *note, *reason = "none";
	struct proof proof;

	if (proof_read(text, strlen(text), &proof, &found_index, &note, &reason) < 0)
		fail_msg("%s: %s", text, reason);
	assert_int_equal(found_index, index);
	assert_int_equal(proof.count, count);
	assert_string_equal(note, NOTE);
	assert_ptr_equal(note, text + strlen(text) - strlen(NOTE));
}

static void refused_bytes(const char *text, size_t length, const char *expected)
{
	struct proof proof = {.count = 77};
	uint64_t index = 42;
	const char *note = NULL, *reason = NULL;

	if (proof_read(text, length, &proof, &index, &note, &reason) == 0)
		fail_msg("%s was taken", text);
	assert_string_equal(reason, expected);
	assert_int_equal(index, 42);
	assert_int_equal(proof.count, 77);
	assert_null(note);
}

static void refused(const char *text, const char *expected)
{
	refused_bytes(text, strlen(text), expected);
}

static void what_is_written_is_read_again(void **state)
{
	struct proof proof = {.count = PROOF_MAX}, found;
	const char *note, *reason;
	uint64_t index;

	(void)state;
	for (unsigned i = 0; i < PROOF_MAX; i++)
		memset(proof.hashes[i], (int)i, TREE_HASH);
	for (proof.count = 0; proof.count <= PROOF_MAX; proof.count++) {
		char *text = proof_write(&proof, (UINT64_C(1) << 53) - 1 - proof.count, NOTE);

		assert_int_equal(proof_read(text, strlen(text), &found, &index, &note, &reason), 0);
		assert_int_equal(index, (UINT64_C(1) << 53) - 1 - proof.count);
		assert_int_equal(found.count, proof.count);
		assert_memory_equal(found.hashes, proof.hashes, proof.count * TREE_HASH);
		assert_string_equal(note, NOTE);
		free(text);
	}
}

static void the_form_is_that_of_tlog_proof(void **state)
{
	struct proof proof = {.count = 1};
	char *text = proof_write(&proof, 7, NOTE);

	(void)state;
	assert_string_equal(text, HEAD "index 7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" NOTE);
	free(text);
	taken(HEAD "index 0\n\n" NOTE, 0, 0);
	taken(HEAD "index 73894\n" HASH_A "\n" HASH_B "\n\n" NOTE, 73894, 2);
	taken(HEAD "extra YWdlLXYxLjIuMS1kYXJ3aW4=\nindex 73894\n" HASH_A "\n\n" NOTE, 73894, 1);
	taken(HEAD "extra \nindex 1\n\n" NOTE, 1, 0);
	taken(HEAD "index 9007199254740991\n\n" NOTE, (UINT64_C(1) << 53) - 1, 0);
}

static void every_line_of_the_form_is_kept_to(void **state)
{
	static const char head[] = "not a c2sp.org/tlog-proof@v1", extra[] = "the extra line is malformed";
	static const char index[] = "the index is malformed", hashes[] = "a hash is malformed, or there are too many";

	(void)state;
	refused("", head);
	refused("c2sp.org/tlog-proof@v1", head);
	refused("c2sp.org/tlog-proof@v2\nindex 0\n\n" NOTE, head);
	refused(" " HEAD "index 0\n\n" NOTE, head);
	refused("\xef\xbb\xbf" HEAD "index 0\n\n" NOTE, head);
	refused("c2sp.org/tlog-proof@v1\r\nindex 0\n\n" NOTE, head);
	refused(HEAD, index);
	refused(HEAD "\nindex 0\n\n" NOTE, index);
	refused(HEAD "more 1\nindex 0\n\n" NOTE, index);
	refused(HEAD "extra AAA\nindex 0\n\n" NOTE, extra);
	refused(HEAD "extra AAAA\r\nindex 0\n\n" NOTE, extra);
	refused(HEAD "extra AAA AAA=\nindex 0\n\n" NOTE, extra);
	refused(HEAD "extra AAB=\nindex 0\n\n" NOTE, extra);
	refused(HEAD "extra AAAA", extra);
	refused(HEAD "extra\nindex 0\n\n" NOTE, index);
	refused(HEAD "extra AAAA\nextra AAAA\nindex 0\n\n" NOTE, index);
	refused(HEAD "extra AAAA\n\n" NOTE, index);
	refused(HEAD "index 0\nextra AAAA\n\n" NOTE, hashes);
	refused(HEAD "index 0\nindex 0\n\n" NOTE, hashes);
	refused(HEAD "index \n\n" NOTE, index);
	refused(HEAD "index\n\n" NOTE, index);
	refused(HEAD "index 00\n\n" NOTE, index);
	refused(HEAD "index 07\n\n" NOTE, index);
	refused(HEAD "index +7\n\n" NOTE, index);
	refused(HEAD "index -7\n\n" NOTE, index);
	refused(HEAD "index  7\n\n" NOTE, index);
	refused(HEAD "index 7 \n\n" NOTE, index);
	refused(HEAD "index 7\r\n\n" NOTE, index);
	refused(HEAD "index 0x7\n\n" NOTE, index);
	refused(HEAD "index 9007199254740992\n\n" NOTE, index);
	refused(HEAD "index 18446744073709551617\n\n" NOTE, index);
	refused(HEAD "index 99999999999999999999999999\n\n" NOTE, index);
	refused(HEAD "index 7", index);
	refused(HEAD "index 7\n", hashes);
	refused(HEAD "index 7\n" NOTE, hashes); /* no blank line */
	refused(HEAD "index 7\n" HASH_A "\n" NOTE, hashes);
	refused(HEAD "index 7\n" HASH_A HASH_B "\n\n" NOTE, hashes);
	refused(HEAD "index 7\n" HASH_A "\r\n\n" NOTE, hashes);
	refused(HEAD "index 7\n" HASH_A " \n\n" NOTE, hashes);
	refused(HEAD "index 7\n " HASH_A "\n\n" NOTE, hashes);
	refused(HEAD "index 7\n" HASH_A, hashes);
	refused(HEAD "index 7\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlR=\n\n" NOTE, hashes); /* spare bits */
	refused(HEAD "index 7\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ\n\n" NOTE, hashes);
	refused(HEAD "index 7\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQA\n\n" NOTE, hashes); /* 33 bytes */
	refused(HEAD "index 7\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPA==\n\n" NOTE, hashes); /* 31 bytes */
	refused(HEAD "index 7\ngSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPl_=\n\n" NOTE, hashes);
	refused_bytes(HEAD "index 7\n\0\n" NOTE, sizeof(HEAD "index 7\n\0\n" NOTE) - 1, "NUL byte");
}

static void at_most_64_hashes_are_taken(void **state)
{
	char text[8192] = HEAD "index 7\n";

	(void)state;
	for (int i = 0; i < 64; i++)
		strcat(text, HASH_A "\n");
	strcat(text, "\n" NOTE);
	taken(text, 7, 64);
	text[strlen(text) - strlen("\n" NOTE)] = '\0';
	strcat(text, HASH_B "\n\n" NOTE);
	refused(text, "a hash is malformed, or there are too many");
}

static void the_checkpoint_at_the_end_is_a_checkpoint(void **state)
{
	static const char checkpoint[] = "the checkpoint is malformed";

	(void)state;
	refused(HEAD "index 7\n\n", checkpoint);
	refused(HEAD "index 7\n\n\n" NOTE, checkpoint);
	refused(HEAD "index 7\n\n" NOTE "\n", checkpoint);
	refused(HEAD "index 7\n\n" NOTE "x", checkpoint);
	refused(HEAD "index 7\n\n" NOTE "\r\n", checkpoint);
	refused(HEAD "index 7\n\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n", checkpoint);
	refused(HEAD "index 7\n" HASH_A "\n\n" HASH_A "\n\n" NOTE, checkpoint);
}

static void path_is(unsigned level, uint64_t index, unsigned width, const char *expected)
{
	unsigned found_level, found_width;
	char path[PROOF_PATH_MAX];
	uint64_t found_index;

	proof_tile_path(level, index, width, path);
	assert_string_equal(path, expected);
	assert_int_equal(proof_tile_parse(path, &found_level, &found_index, &found_width), 0);
	assert_int_equal(found_level, level);
	assert_int_equal(found_index, index);
	assert_int_equal(found_width, width);
}

static void paths_of_tiles_are_those_of_tlog_tiles(void **state)
{
	(void)state;
	path_is(0, 0, 256, "tile/0/000");
	path_is(0, 67, 256, "tile/0/067");
	path_is(1, 999, 1, "tile/1/999.p/1");
	path_is(0, 1000, 255, "tile/0/x001/000.p/255");
	path_is(3, 1234067, 256, "tile/3/x001/x234/067");
	path_is(3, 1234067, 112, "tile/3/x001/x234/067.p/112");
	path_is(63, UINT64_MAX, 256, "tile/63/x018/x446/x744/x073/x709/x551/615");
	path_is(0, 1000000000, 256, "tile/0/x001/x000/x000/000");
}

static void other_paths_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "tile", "tile/", "tile/0", "tile/0/", "/tile/0/000", "log/tile/0/000", "tile/00/000", "tile/01/000", "tile/64/000",
		"tile/-1/000", "tile/+1/000", "tile/x/000", "tile/entries/000", "tile/18446744073709551616/000", "tile/0/0", "tile/0/00",
		"tile/0/0000", "tile/0/x000/001", "tile/0/x001", "tile/0/x001/", "tile/0/001/000", "tile/0/x001/x000", "tile/0/x001//000",
		"tile/0/X001/000", "tile/0/xx01/000", "tile/0/x0011/000", "tile/0/000/", "tile/0/000 ", "tile/0/000.p", "tile/0/000.p/",
		"tile/0/000.p/0", "tile/0/000.p/00", "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/257", "tile/0/000.p/1000000000000",
		"tile/0/000.p/1/", "tile/0/000.p/1 ", "tile/0/000.p/1.p/1", "tile/0/000.P/1", "tile/0/000.p/-1", "tile/0/000p/1",
		"tile/0/x018/x446/x744/x073/x709/x551/616", "tile/0/x999/x999/x999/x999/x999/x999/999",
		"tile/0/x001/x000/x000/x000/x000/x000/x000/000", "tile//000", "tile/0/\xef\xbc\x90\xef\xbc\x90\xef\xbc\x90",
	};
	unsigned level = 9, width = 9;
	uint64_t index = 9;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (proof_tile_parse(bad[i], &level, &index, &width) != -1)
			fail_msg("%s was taken", bad[i]);
	assert_int_equal(level, 9);
	assert_int_equal(index, 9);
	assert_int_equal(width, 9);
}

static void a_tile_has_the_width_that_the_size_gives_it(void **state)
{
	(void)state;
	/* The example of tlog-tiles: 70,000 leaves. */
	assert_int_equal(proof_tile_width(0, 0, 70000), 256);
	assert_int_equal(proof_tile_width(0, 272, 70000), 256);
	assert_int_equal(proof_tile_width(0, 273, 70000), 112);
	assert_int_equal(proof_tile_width(0, 274, 70000), 0);
	assert_int_equal(proof_tile_width(1, 0, 70000), 256);
	assert_int_equal(proof_tile_width(1, 1, 70000), 17);
	assert_int_equal(proof_tile_width(2, 0, 70000), 1);
	assert_int_equal(proof_tile_width(3, 0, 70000), 0);
	assert_int_equal(proof_tile_width(0, 0, 256), 256);
	assert_int_equal(proof_tile_width(0, 1, 256), 0);
	assert_int_equal(proof_tile_width(1, 0, 256), 1);
	assert_int_equal(proof_tile_width(0, 0, 0), 0);
	assert_int_equal(proof_tile_width(8, 0, UINT64_MAX), 0);
	assert_int_equal(proof_tile_width(63, 0, UINT64_MAX), 0);
	assert_int_equal(proof_tile_width(7, 0, UINT64_MAX), 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(the_form_is_that_of_tlog_proof),
		cmocka_unit_test(every_line_of_the_form_is_kept_to),
		cmocka_unit_test(at_most_64_hashes_are_taken),
		cmocka_unit_test(the_checkpoint_at_the_end_is_a_checkpoint),
		cmocka_unit_test(paths_of_tiles_are_those_of_tlog_tiles),
		cmocka_unit_test(other_paths_are_refused),
		cmocka_unit_test(a_tile_has_the_width_that_the_size_gives_it),
	};

	base_init();
	return cmocka_run_group_tests_name("proof text", tests, NULL, NULL);
}
