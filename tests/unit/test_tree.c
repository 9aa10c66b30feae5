#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/tree.h"

#include <stdlib.h>
#include <string.h>

/* The reference tree of the certificate-transparency project: its leaves and the roots of its first 0..8. */
static const char *const leaves[] = {
	"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
};
static const char *const roots[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static size_t from_hex(const char *hex, unsigned char *bytes)
{
	size_t length = strlen(hex) / 2;

	for (size_t i = 0; i < length; i++)
		bytes[i] = (unsigned char)strtoul((char[]){hex[2 * i], hex[2 * i + 1], '\0'}, NULL, 16);
	return length;
}

static void has_root(const struct tree *tree, const char *hex)
{
	unsigned char root[TREE_HASH], expected[TREE_HASH];

	from_hex(hex, expected);
	tree_root(tree, root);
	assert_memory_equal(root, expected, TREE_HASH);
}

static void the_reference_roots_hold(void **state)
{
	unsigned char bytes[16], hash[TREE_HASH];
	struct tree tree;

	(void)state;
	tree_init(&tree);
	has_root(&tree, roots[0]);
	for (int i = 0; i < 8; i++) {
		size_t length = from_hex(leaves[i], bytes);

		tree_hash_leaf(bytes, length, hash);
		tree_append(&tree, hash, NULL, NULL);
		assert_int_equal(tree.size, i + 1);
		has_root(&tree, roots[i + 1]);
	}
	tree_clear(&tree);
}

#define MANY (256 * 256 + 256 + 3)

static unsigned char (*make_hashes(void))[TREE_HASH]
{
	unsigned char(*hashes)[TREE_HASH] = xcalloc(MANY, TREE_HASH);

	for (uint32_t i = 0; i < MANY; i++)
		tree_hash_leaf(&i, sizeof(i), hashes[i]);
	return hashes;
}

/* RFC 6962 section 2.1 as it is written there. */
static void naive_root(const unsigned char (*hashes)[TREE_HASH], size_t count, unsigned char root[TREE_HASH])
{
	unsigned char left[TREE_HASH], right[TREE_HASH];
	size_t split = 1;

	if (count == 1) {
		memcpy(root, hashes[0], TREE_HASH);
		return;
	}
	while (split * 2 < count)
		split *= 2;
	naive_root(hashes, split, left);
	naive_root(hashes + split, count - split, right);
	tree_hash_node(left, right, root);
}

static void is_naive(const struct tree *tree, const unsigned char (*hashes)[TREE_HASH])
{
	unsigned char root[TREE_HASH], expected[TREE_HASH];

	tree_root(tree, root);
	naive_root(hashes, tree->size, expected);
	assert_memory_equal(root, expected, TREE_HASH);
}

/* What the tiles of a tree gave, as the daemon would store them. */
struct store {
	unsigned count;
	struct {
		struct tile at;
		unsigned char hashes[TREE_TILE_WIDTH][TREE_HASH];
	} tiles[300];
};

static void keep(void *arg, const struct tile *tile)
{
	struct store *store = arg;

	store->tiles[store->count].at = *tile;
	memcpy(store->tiles[store->count++].hashes, tile->hashes, sizeof(store->tiles[0].hashes));
}

static void a_large_tree_has_the_root_of_the_rfc(void **state)
{
	static const size_t looks[] = {9, 255, 256, 257, 511, 512, 1000, 65535, 65536, 65537, 65791, 65792, MANY};
	unsigned char(*hashes)[TREE_HASH] = make_hashes();
	struct tree tree;
	size_t look = 0;

	(void)state;
	tree_init(&tree);
	for (size_t i = 0; i < MANY; i++) {
		tree_append(&tree, hashes[i], NULL, NULL);
		if (tree.size != looks[look])
			continue;
		is_naive(&tree, (const unsigned char(*)[TREE_HASH])hashes);
		look++;
	}
	assert_int_equal(look, sizeof(looks) / sizeof(looks[0]));
	tree_clear(&tree);
	free(hashes);
}

static void full_tiles_are_given_once_lowest_level_first(void **state)
{
	unsigned char(*hashes)[TREE_HASH] = make_hashes(), root[TREE_HASH];
	struct store *store = xcalloc(1, sizeof(*store));
	struct tree tree;

	(void)state;
	tree_init(&tree);
	for (size_t i = 0; i < MANY; i++)
		tree_append(&tree, hashes[i], keep, store);
	assert_int_equal(store->count, 256 + 1 + 1);
	for (unsigned i = 0; i < 256; i++) {
		assert_int_equal(store->tiles[i].at.level, 0);
		assert_int_equal(store->tiles[i].at.index, i);
		assert_memory_equal(store->tiles[i].hashes, hashes[i * 256], sizeof(store->tiles[i].hashes));
		tree_tile_root(store->tiles[i].hashes[0], root);
		assert_memory_equal(store->tiles[256].hashes[i], root, TREE_HASH);
	}
	assert_int_equal(store->tiles[256].at.level, 1);
	assert_int_equal(store->tiles[256].at.index, 0);
	assert_int_equal(store->tiles[257].at.level, 0);
	assert_int_equal(store->tiles[257].at.index, 256);
	tree_clear(&tree);
	free(store);
	free(hashes);
}

/* As at start-up: full tiles are there, and the leaves after them. */
static void rebuild(struct tree *tree, const struct store *store, size_t size, const unsigned char (*hashes)[TREE_HASH])
{
	unsigned char open[TREE_TILE_WIDTH][TREE_HASH];

	for (unsigned level = 1; level < 3; level++) {
		unsigned count = 0;

		for (unsigned i = 0; i < store->count; i++)
			if (store->tiles[i].at.level == level - 1)
				tree_tile_root(store->tiles[i].hashes[0], open[count++ % TREE_TILE_WIDTH]);
		tree_set_open(tree, level, open[0], count % TREE_TILE_WIDTH);
	}
	tree->size = size - size % TREE_TILE_WIDTH;
	while (tree->size < size)
		tree_append(tree, hashes[tree->size], NULL, NULL);
}

static void a_tree_rebuilt_from_its_tiles_goes_on_as_before(void **state)
{
	unsigned char(*hashes)[TREE_HASH] = make_hashes();
	const unsigned char(*given)[TREE_HASH] = (const unsigned char(*)[TREE_HASH])hashes;
	struct store *store = xcalloc(1, sizeof(*store));
	struct tree tree, again;

	(void)state;
	tree_init(&tree);
	while (tree.size < MANY) {
		size_t size = tree.size;

		if (size % 9973 == 1000 || size == 65536 || size == MANY - 1) {
			tree_init(&again);
			rebuild(&again, store, size, given);
			is_naive(&again, given);
			tree_append(&again, given[size], NULL, NULL);
			is_naive(&again, given);
			tree_clear(&again);
		}
		tree_append(&tree, given[size], keep, store);
	}
	tree_clear(&tree);
	free(store);
	free(hashes);
}

static void a_copy_is_a_tree_of_its_own(void **state)
{
	unsigned char hash[TREE_HASH] = {1}, before[TREE_HASH], after[TREE_HASH];
	struct tree tree, copy;

	(void)state;
	tree_init(&tree);
	tree_init(&copy);
	tree_append(&tree, hash, NULL, NULL);
	tree_copy(&copy, &tree);
	tree_root(&tree, before);
	tree_append(&copy, hash, NULL, NULL);
	tree_root(&tree, after);
	assert_memory_equal(before, after, TREE_HASH);
	assert_int_equal(tree.size, 1);
	assert_int_equal(copy.size, 2);
	tree_copy(&copy, &tree);
	tree_root(&copy, after);
	assert_memory_equal(before, after, TREE_HASH);
	tree_clear(&tree);
	tree_clear(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reference_roots_hold),
		cmocka_unit_test(a_large_tree_has_the_root_of_the_rfc),
		cmocka_unit_test(full_tiles_are_given_once_lowest_level_first),
		cmocka_unit_test(a_tree_rebuilt_from_its_tiles_goes_on_as_before),
		cmocka_unit_test(a_copy_is_a_tree_of_its_own),
	};

	base_init();
	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
