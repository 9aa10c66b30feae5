/* Receipts hold or they do not: made here over trees of many sizes, then altered byte by byte; keys that the log brings in and takes out. */
#include "tests/unit/unit.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/ledger_keys.h"
#include "client/receipt.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"
#include "wire/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AUD "unit.example"
#define LEAVES_MAX 700

/* A log with its key, all of whose leaves are known. */
struct log {
	struct key *key, *answers;
	char verifier[NOTE_VERIFIER];
	json_t *leaves[LEAVES_MAX];
	unsigned char hashes[LEAVES_MAX][TREE_HASH];
	uint64_t size;
	struct ledger *ledger;
};

static struct ledger *make_ledger(const char *verifier, const struct key *answers)
{
	const char *reason = NULL;
	json_t *document = json_pack("{s:s, s:[{s:s, s:s}], s:o, s:s}", "aud", AUD, "daemons", "address", "127.0.0.1:1", "tls",
				     "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "answers", key_jwk(answers), "log", verifier);

	return ledger_from_document(document, &reason);
}

static void add(struct log *log, json_t *leaf)
{
	size_t length;
	_cleanup_free_ char *bytes = json_canonical(leaf, &length);

	tree_hash_leaf(bytes, length, log->hashes[log->size]);
	log->leaves[log->size++] = leaf;
}

static struct log *log_new(uint64_t size)
{
	struct log *log = xcalloc(1, sizeof(*log));

	log->key = key_new_ed25519();
	log->answers = key_new_p256();
	note_verifier(log->key, AUD, log->verifier);
	log->ledger = make_ledger(log->verifier, log->answers);
	while (log->size < size)
		add(log, json_pack("{s:i, s:I, s:s}", "v", 1, "n", (json_int_t)log->size, "kind", "志愿者"));
	return log;
}

static void log_free(struct log *log)
{
	for (uint64_t i = 0; i < log->size; i++)
		json_decref(log->leaves[i]);
	key_free(log->key);
	key_free(log->answers);
	ledger_free(log->ledger);
	free(log);
}

/* A tile as it stands in a tree of the whole log; hashes of levels above are made each time. */
static const unsigned char *tile_of(void *arg, unsigned level, uint64_t index, unsigned width)
{
	static unsigned char tiles[2][TREE_TILE_WIDTH * TREE_HASH];
	const struct log *log = arg;

	if (level == 0) {
		memcpy(tiles[0], log->hashes[index * TREE_TILE_WIDTH], (size_t)width * TREE_HASH);
		return tiles[0];
	}
	assert_int_equal(level, 1);
	for (unsigned i = 0; i < width; i++)
		tree_tile_root(log->hashes[(index * TREE_TILE_WIDTH + i) * TREE_TILE_WIDTH], tiles[1] + (size_t)i * TREE_HASH);
	return tiles[1];
}

/* The checkpoint of the first leaves, signed by keys. */
static void note_of(struct log *log, uint64_t size, const struct key *const *keys, size_t count, char note[NOTE_MAX])
{
	unsigned char root[TREE_HASH], lines[4][NOTE_LINE];

	assert_int_equal(proof_root(tile_of, log, size, root), 0);
	for (size_t i = 0; i < count; i++) {
		note_id(keys[i], AUD, lines[i]);
		note_sign(keys[i], AUD, size, root, lines[i] + NOTE_ID);
	}
	note_write_lines(AUD, size, root, lines[0], count, note);
}

static json_t *proof_text(struct log *log, uint64_t index, uint64_t size, const char *note)
{
	struct proof proof;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(proof_inclusion(tile_of, log, index, size, &proof), 0);
	text = proof_write(&proof, index, note);
	return json_string(text);
}

/* A receipt as an answer has it. */
static json_t *receipt_json(struct log *log, uint64_t first, size_t count, uint64_t size, bool closed)
{
	const struct key *keys[] = {log->key};
	json_t *json = json_object(), *list = json_array();
	char note[NOTE_MAX], hash[BASE64URL_LENGTH(TREE_HASH) + 1];

	note_of(log, size, keys, 1, note);
	for (uint64_t i = first; i < first + count; i++) {
		base64url_encode(log->hashes[i], TREE_HASH, hash);
		json_array_append_new(list, closed ? json_string(hash) : json_deep_copy(log->leaves[i]));
	}
	json_object_set_new(json, "first", json_integer((json_int_t)first));
	json_object_set_new(json, closed ? "hashes" : "leaves", list);
	json_object_set_new(json, "proof", proof_text(log, first, size, note));
	if (count > 1)
		json_object_set_new(json, "last_proof", proof_text(log, first + count - 1, size, note));
	return json;
}

static bool holds(const struct ledger *ledger, const json_t *json)
{
	struct receipt receipt;
	const char *reason = NULL;

	if (receipt_check(ledger, json, &receipt, &reason) < 0) {
		assert_non_null(reason);
		return false;
	}
	receipt_clear(&receipt);
	return true;
}

static void receipts_of_any_place_hold(void **state)
{
	static const uint64_t sizes[] = {1, 2, 3, 7, 8, 9, 255, 256, 257, 513, 700};
	struct log *log = log_new(LEAVES_MAX);

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		for (uint64_t first = 0; first < sizes[s]; first += 1 + sizes[s] / 9) {
			for (uint64_t last = first; last < sizes[s]; last += 1 + sizes[s] / 7) {
				json_auto_t *open = receipt_json(log, first, last - first + 1, sizes[s], false);
				json_auto_t *closed = receipt_json(log, first, last - first + 1, sizes[s], true);

				assert_true(holds(log->ledger, open));
				assert_true(holds(log->ledger, closed));
			}
		}
	}
	log_free(log);
}

/* Parses text as it would come in an answer; what is no JSON of the profile holds no less than the rest. */
static bool text_holds(const struct ledger *ledger, const char *text, size_t length)
{
	const char *reason;
	json_auto_t *json = json_parse(text, length, &reason);

	return json && holds(ledger, json);
}

static void no_altered_byte_holds(void **state)
{
	struct log *log = log_new(20);

	(void)state;
	for (int closed = 0; closed < 2; closed++) {
		for (size_t count = 1; count <= 6; count += 5) {
			json_auto_t *json = receipt_json(log, 3, count, 17, closed);
			size_t length;
			_cleanup_free_ char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

			length = strlen(text);
			assert_true(text_holds(log->ledger, text, length));
			for (size_t at = 0; at < length; at++) {
				for (int bit = 0; bit < 8; bit++) {
					text[at] = (char)(text[at] ^ 1 << bit);
					assert_false(text_holds(log->ledger, text, length));
					text[at] = (char)(text[at] ^ 1 << bit);
				}
			}
		}
	}
	log_free(log);
}

static void every_leaf_between_counts(void **state)
{
	struct log *log = log_new(300);

	(void)state;
	for (uint64_t at = 0; at < 40; at++) {
		json_auto_t *json = receipt_json(log, 230, 40, 290, false);
		json_t *leaf = json_array_get(json_object_get(json, "leaves"), at);

		json_object_set_new(leaf, "n", json_integer(9999));
		assert_false(holds(log->ledger, json));
	}
	for (uint64_t at = 0; at + 1 < 40; at++) {
		json_auto_t *json = receipt_json(log, 230, 40, 290, false);
		json_t *leaves = json_object_get(json, "leaves");
		json_auto_t *swapped = json_incref(json_array_get(leaves, at));

		json_array_set(leaves, at, json_array_get(leaves, at + 1));
		json_array_set(leaves, at + 1, swapped);
		assert_false(holds(log->ledger, json));
	}
	log_free(log);
}

static void control_characters_are_no_leaf(void **state)
{
	struct log *log = log_new(2);
	json_auto_t *json = receipt_json(log, 0, 1, 2, false);

	(void)state;
	json_object_set_new(json_array_get(json_object_get(json, "leaves"), 0), "kind", json_string("a\tb\x7f"));
	assert_false(holds(log->ledger, json));
	log_free(log);
}

static void an_ended_log_key_holds_up_to_its_end(void **state)
{
	struct log *log = log_new(10);
	json_auto_t *at8 = receipt_json(log, 1, 1, 8, false), *at9 = receipt_json(log, 1, 1, 9, false);
	json_t *document = json_deep_copy(log->ledger->document);
	char id[LEDGER_KEY_ID], note[NOTE_MAX];
	unsigned char root[TREE_HASH];
	const struct key *keys[] = {log->key};
	const char *reason;
	struct ledger *ended;
	uint64_t size;

	(void)state;
	ledger_key_id(log->verifier, id);
	json_object_set_new(document, "ended", json_pack("{s:i}", id, 8));
	ended = ledger_from_document(document, &reason);
	assert_true(holds(ended, at8));
	assert_false(holds(ended, at9));
	note_of(log, 8, keys, 1, note);
	assert_int_equal(ledger_check_note(ended, note, false, &size, root), 0);
	assert_int_equal(ledger_check_note(ended, note, true, &size, root), -1);
	ledger_free(ended);
	log_free(log);
}

/* ---- keys that the log brings in */

struct rotation {
	struct log *log;
	struct key *next, *thief;
	char next_verifier[NOTE_VERIFIER], folder[64];
	json_t *receipts;
};

static json_t *key_row(int id, const char *use, const char *kid, const char *public)
{
	return json_pack("{s:{s:[{s:i, s:s, s:s, s:s, s:i}]}}", "rows", "ledger_key", "id", id, "use", use, "kid", kid, "public", public, "request", 1);
}

static json_t *log_key_row(int id, const char *verifier)
{
	char kid[LEDGER_KEY_ID];

	ledger_key_id(verifier, kid);
	return key_row(id, "log", kid, verifier);
}

static json_t *answers_row(int id, const struct key *key)
{
	json_auto_t *jwk = key_jwk(key);
	_cleanup_free_ char *text = json_canonical(jwk, NULL);

	return key_row(id, "answers", key->kid, text);
}

/* Appends the receipt of the last leaf, against the checkpoint of its own commit. */
static void add_receipt(struct rotation *r, const struct key *const *keys, size_t count)
{
	struct log *log = r->log;
	char note[NOTE_MAX];

	note_of(log, log->size, keys, count, note);
	json_array_append_new(r->receipts, json_pack("{s:O, s:o}", "leaf", log->leaves[log->size - 1], "proof", proof_text(log, log->size - 1, log->size, note)));
}

static void write_in(const struct rotation *r, const char *name, const void *bytes, size_t length)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", r->folder, name);

	assert_int_equal(file_write(path, bytes, length, 0600), 0);
}

/* The public log as a folder: keys, the newest checkpoint signed by a key, its only tile. */
static void publish(struct rotation *r, const struct key *key)
{
	json_auto_t *whole = json_pack("{s:O}", "keys", r->receipts);
	_cleanup_free_ char *text = json_dumps(whole, JSON_COMPACT), *tile = xasprintf("tile/0/000.p/%d", (int)r->log->size);
	char note[NOTE_MAX];

	note_of(r->log, r->log->size, &key, 1, note);
	write_in(r, "keys", text, strlen(text));
	write_in(r, "checkpoint", note, strlen(note));
	write_in(r, tile, r->log->hashes, r->log->size * TREE_HASH);
}

/* Founding with log and answers key; a second log key; the end of the first. */
static struct rotation rotation_new(void)
{
	struct rotation r = {.log = log_new(0), .next = key_new_ed25519(), .thief = key_new_ed25519(), .receipts = json_array()};
	const struct key *both[2];
	json_t *founding;

	strcpy(r.folder, "/tmp/lbreceiptXXXXXX");
	assert_non_null(mkdtemp(r.folder));
	for (const char *const *at = (const char *const[]){"tile", "tile/0", "tile/0/000.p", NULL}; *at; at++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", r.folder, *at);

		assert_int_equal(mkdir(path, 0700), 0);
	}
	both[0] = r.log->key;
	both[1] = r.next;
	note_verifier(r.next, AUD, r.next_verifier);
	founding = log_key_row(1, r.log->verifier);
	add(r.log, founding);
	add_receipt(&r, both, 1);
	add(r.log, answers_row(2, r.log->answers));
	add_receipt(&r, both, 1);
	add(r.log, log_key_row(3, r.next_verifier));
	add_receipt(&r, both, 1);
	add(r.log, json_pack("{s:{s:[{s:i, s:s}]}}", "rows", "ledger_key_end", "ledger_key", 1, "reason", "renewed"));
	add_receipt(&r, both, 2);
	return r;
}

static void rotation_free(struct rotation *r)
{
	_cleanup_free_ char *command = xasprintf("rm -rf %s", r->folder);

	assert_int_equal(system(command), 0);
	key_free(r->next);
	key_free(r->thief);
	json_decref(r->receipts);
	log_free(r->log);
}

static int learn(struct rotation *r, struct ledger *ledger, int64_t wanted)
{
	struct public_log public;
	int code;

	public_log_open(&public, ledger, r->folder);
	code = ledger_keys_learn(ledger, &public, wanted, NULL);
	public_log_close(&public);
	return code;
}

static void a_new_log_key_is_learned_and_the_old_one_ends(void **state)
{
	struct rotation r = rotation_new();
	struct ledger *ledger = r.log->ledger;

	(void)state;
	publish(&r, r.next);
	assert_int_equal(learn(&r, ledger, 4), EXIT_OK);
	assert_string_equal(ledger->log, r.next_verifier);
	assert_int_equal(ledger->log_count, 2);
	assert_int_equal(ledger->log_keys[0].until, LEDGER_IN_FORCE);
	assert_int_equal(ledger->log_keys[1].until, 4);
	assert_int_equal(ledger->keys, 4);
	assert_int_equal(learn(&r, ledger, 5), EXIT_UNVERIFIED); /* fewer than it speaks of */
	assert_int_equal(learn(&r, ledger, 4), EXIT_OK);	 /* with the first leaves, whose key has ended, by tiles */
	rotation_free(&r);
}

static void who_joined_later_learns_the_keys_of_before_by_tiles(void **state)
{
	struct rotation r = rotation_new();
	struct ledger *ledger = make_ledger(r.next_verifier, r.log->answers);

	(void)state;
	publish(&r, r.next);
	assert_int_equal(learn(&r, ledger, 0), EXIT_OK);
	assert_int_equal(ledger->log_count, 2);
	assert_string_equal(ledger->log, r.next_verifier);
	ledger_free(ledger);
	rotation_free(&r);
}

static void a_stolen_ended_key_brings_in_nothing(void **state)
{
	struct rotation r = rotation_new();
	struct ledger *ledger = r.log->ledger;
	const struct key *old[] = {r.log->key};
	char verifier[NOTE_VERIFIER];

	(void)state;
	publish(&r, r.next);
	assert_int_equal(learn(&r, ledger, 4), EXIT_OK);
	note_verifier(r.thief, AUD, verifier);
	json_decref(r.log->leaves[--r.log->size]); /* another fourth leaf, in a tree of its own up to the size where the old key ended */
	json_array_remove(r.receipts, 3);
	add(r.log, log_key_row(4, verifier));
	add_receipt(&r, old, 1);
	publish(&r, r.thief);
	assert_int_equal(learn(&r, ledger, 4), EXIT_UNVERIFIED);
	publish(&r, r.log->key);
	assert_int_equal(learn(&r, ledger, 4), EXIT_UNVERIFIED);
	assert_string_equal(ledger->log, r.next_verifier);
	assert_int_equal(ledger->log_count, 2);
	rotation_free(&r);
}

static void a_registered_key_must_be_what_it_is_called(void **state)
{
	struct rotation r = rotation_new();
	const struct key *keys[] = {r.next};
	struct key *other = key_new_p256();
	json_auto_t *row = answers_row(5, other);

	(void)state;
	json_object_set_new(json_array_get(json_object_get(json_object_get(row, "rows"), "ledger_key"), 0), "kid", json_string(r.log->answers->kid));
	add(r.log, json_incref(row));
	add_receipt(&r, keys, 1);
	publish(&r, r.next);
	assert_int_equal(learn(&r, r.log->ledger, 0), EXIT_UNVERIFIED);
	assert_int_equal(r.log->ledger->log_count, 1);
	key_free(other);
	rotation_free(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(receipts_of_any_place_hold),
		cmocka_unit_test(no_altered_byte_holds),
		cmocka_unit_test(every_leaf_between_counts),
		cmocka_unit_test(control_characters_are_no_leaf),
		cmocka_unit_test(an_ended_log_key_holds_up_to_its_end),
		cmocka_unit_test(a_new_log_key_is_learned_and_the_old_one_ends),
		cmocka_unit_test(who_joined_later_learns_the_keys_of_before_by_tiles),
		cmocka_unit_test(a_stolen_ended_key_brings_in_nothing),
		cmocka_unit_test(a_registered_key_must_be_what_it_is_called),
	};

	base_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
