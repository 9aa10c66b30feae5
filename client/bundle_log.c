/* What a bundle takes from the public log: the checkpoint, hash tiles, and the proof that it continues an earlier one. */
#include "client/bundle.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/base64url.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRIES 5
#define TILE_BYTES (TREE_TILE_WIDTH * TREE_HASH)

/* GETs a path of the public log, with some patience. EXIT_OK with *ret, or the exit code after saying why. */
static int get(struct bundle *bundle, const char *path, struct http_reply *ret)
{
	struct timespec wait = {.tv_nsec = 400000000};

	for (int try = 1;; try++) {
		int sent = http_send(bundle->client->http, path, NULL, 0, ret);

		if (sent == 0 && ret->status == 200)
			return EXIT_OK;
		if (try == TRIES || ret->stranger || (sent == 0 && ret->status != 503 && ret->status != 429))
			break;
		http_reply_clear(ret);
		nanosleep(&wait, NULL);
	}
	if (ret->status)
		say_error(_("the ledger does not give %s: HTTP %ld"), path, ret->status);
	else
		say_error(_("the ledger did not answer: %s"), ret->error);
	http_reply_clear(ret);
	return EXIT_UNKNOWN;
}

/* ---- the checkpoint */

/* Whether one of the log keys that the user's ledger.json has signed the note. */
static bool is_trusted(const struct bundle *bundle, const char *note, uint64_t *ret_size, unsigned char root[TREE_HASH])
{
	const json_t *more = json_object_get(bundle->client->ledger->document, "log_keys"), *key;
	size_t i;

	if (note_verify(bundle->client->ledger->log, note, ret_size, root) == 0)
		return true;
	json_array_foreach(more, i, key)
		if (json_is_string(key) && note_verify(json_string_value(key), note, ret_size, root) == 0)
			return true;
	return false;
}

int bundle_checkpoint(struct bundle *bundle)
{
	struct http_reply reply = {0};
	int code = get(bundle, "/log/checkpoint", &reply);
	uint64_t size;

	if (code != EXIT_OK)
		return code;
	if (reply.length >= sizeof(bundle->note) || strlen(reply.body) != reply.length || !is_trusted(bundle, reply.body, &size, bundle->root)) {
		say_error(_("the checkpoint is not signed by a key of the ledger's log that ledger.json has"));
		http_reply_clear(&reply);
		return EXIT_UNVERIFIED;
	}
	memcpy(bundle->note, reply.body, reply.length + 1);
	http_reply_clear(&reply);
	bundle->size = (int64_t)size;
	if (bundle->size >= bundle->stated)
		return bundle_write(bundle, "checkpoint", bundle->note, strlen(bundle->note));
	say_error(_("the checkpoint is older than the statements that the ledger has signed"));
	return EXIT_UNVERIFIED;
}

/* ---- tiles */

int bundle_tile(struct bundle *bundle, unsigned level, uint64_t index)
{
	unsigned width = proof_tile_width(level, index, (uint64_t)bundle->size);
	char name[PROOF_PATH_MAX];
	_cleanup_free_ char *path = NULL;
	struct http_reply reply = {0};
	int code;

	if (!width)
		return EXIT_OK;
	proof_tile_path(level, index, width, name);
	if (bundle_has(bundle, name))
		return EXIT_OK;
	path = xasprintf("/log/%s", name);
	code = get(bundle, path, &reply);
	if (code != EXIT_OK)
		return code;
	if (reply.length == (size_t)width * TREE_HASH) {
		code = bundle_write(bundle, name, reply.body, reply.length);
	} else {
		say_error(_("%s has not the length that such a tile has"), path);
		code = EXIT_UNVERIFIED;
	}
	http_reply_clear(&reply);
	return code;
}

int bundle_edge(struct bundle *bundle)
{
	int code = EXIT_OK;

	for (unsigned level = 0; level < TREE_LEVELS && code == EXIT_OK; level++) {
		uint64_t count = (uint64_t)bundle->size >> (8 * level);

		if (!count)
			break;
		code = bundle_tile(bundle, level, (count - 1) / TREE_TILE_WIDTH);
	}
	return code;
}

const unsigned char *bundle_tile_hashes(void *arg, unsigned level, uint64_t index, unsigned width)
{
	static unsigned char hashes[TILE_BYTES];
	struct bundle *bundle = arg;
	unsigned stored = proof_tile_width(level, index, (uint64_t)bundle->size);
	char name[PROOF_PATH_MAX];
	_cleanup_free_ char *path = NULL;
	FILE *file;
	size_t got = 0;

	if (!stored || stored < width || bundle_tile(bundle, level, index) != EXIT_OK)
		return NULL;
	proof_tile_path(level, index, stored, name);
	path = xasprintf("%s/%s", bundle->folder, name);
	file = fopen(path, "re");
	if (!file)
		return NULL;
	got = fread(hashes, TREE_HASH, stored, file);
	fclose(file);
	return got == stored ? hashes : NULL;
}

int bundle_root(struct bundle *bundle)
{
	unsigned char root[TREE_HASH];

	if (proof_root(bundle_tile_hashes, bundle, (uint64_t)bundle->size, root) == 0 && memcmp(root, bundle->root, TREE_HASH) == 0)
		return EXIT_OK;
	say_error(_("the log's hash tiles do not give the root that the ledger signed"));
	return EXIT_UNVERIFIED;
}

/* ---- an earlier bundle */

static int write_proof(struct bundle *bundle, const struct proof *proof)
{
	FILE *out = bundle_create(bundle, "consistency");

	if (!out)
		return EXIT_LOCAL;
	for (unsigned i = 0; i < proof->count; i++) {
		unsigned char text[TREE_HASH * 2];

		EVP_EncodeBlock(text, proof->hashes[i], TREE_HASH);
		fprintf(out, "%s\n", text);
	}
	return bundle_close("consistency", out);
}

static int prove(struct bundle *bundle, const char *note, uint64_t size, const unsigned char root[TREE_HASH])
{
	char text[BASE64URL_LENGTH(TREE_HASH) + 1];
	struct proof proof;
	int code;

	if (size > (uint64_t)bundle->size || proof_consistency(bundle_tile_hashes, bundle, size, (uint64_t)bundle->size, &proof) < 0 ||
	    proof_check_consistency(&proof, size, root, (uint64_t)bundle->size, bundle->root) < 0) {
		say_error(_("the log does not continue the log of the earlier bundle: its history was rewritten. Keep that bundle and call the auditors"));
		return EXIT_UNVERIFIED;
	}
	base64url_encode(root, TREE_HASH, text);
	bundle->previous = json_pack("{s:I, s:s}", "size", (json_int_t)size, "root", text);
	code = bundle_write(bundle, "previous-checkpoint", note, strlen(note));
	return code == EXIT_OK ? write_proof(bundle, &proof) : code;
}

int bundle_previous(struct bundle *bundle, const char *path)
{
	_cleanup_free_ char *file = xasprintf("%s/checkpoint", path), *note = NULL;
	unsigned char root[TREE_HASH];
	uint64_t size;
	size_t length;

	note = file_read(file, NOTE_MAX - 1, &length);
	if (!note) {
		say_error("%s: %s", file, strerror(errno));
		return EXIT_LOCAL;
	}
	if (strlen(note) == length && is_trusted(bundle, note, &size, root))
		return prove(bundle, note, size, root);
	say_error(_("%s: the checkpoint is not signed by a key of the ledger's log that ledger.json has"), file);
	return EXIT_UNVERIFIED;
}
