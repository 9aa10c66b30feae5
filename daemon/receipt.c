/* Receipts; see receipt.h. */
#include "daemon/receipt.h"

#include "wire/base.h"
#include "wire/base64.h"
#include "wire/base64url.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 16      /* of a checkpoint */
#define LEAVES_MAX 100000 /* of one command, far above what any can have */

struct sealed *sealed_new(uint64_t first)
{
	struct sealed *sealed = xcalloc(1, sizeof(*sealed));

	sealed->holds = 1;
	sealed->first = first;
	return sealed;
}

struct sealed *sealed_hold(struct sealed *sealed)
{
	sealed->holds++;
	return sealed;
}

struct sealed *sealed_release(struct sealed *sealed)
{
	if (!sealed || --sealed->holds > 0)
		return NULL;
	for (size_t i = 0; i < sealed->count; i++)
		free(sealed->leaves[i].bytes);
	free(sealed->leaves);
	free(sealed->hashes);
	span_free(sealed->span);
	free(sealed->note);
	free(sealed);
	return NULL;
}

void sealed_add(struct sealed *sealed, char *bytes, size_t length)
{
	if (sealed->count == sealed->room) {
		sealed->room = sealed->room ? sealed->room * 2 : 16;
		sealed->leaves = xrealloc(sealed->leaves, sealed->room * sizeof(*sealed->leaves));
		sealed->hashes = xrealloc(sealed->hashes, sealed->room * sizeof(*sealed->hashes));
	}
	tree_hash_leaf(bytes, length, sealed->hashes[sealed->count]);
	sealed->leaves[sealed->count++] = (struct leaf){ bytes, length };
}

/* -------------------------------------------------------------- the text */

/* A proof as a JSON string: of what JSON escapes it has line feeds only. */
static void write_proof(struct buffer *out, const struct proof *proof, uint64_t index, const char *note)
{
	_cleanup_free_ char *text = proof_write(proof, index, note);

	buffer_text(out, "\"");
	for (const char *line = text, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end)
			BUG("a proof that does not end with a line feed");
		buffer_add(out, line, (size_t)(end - line));
		buffer_text(out, "\\n");
	}
	buffer_text(out, "\"");
}

/* Leaves in a row and what proves them. */
struct run {
	uint64_t first;
	size_t count;
	bool closed;
	const struct leaf *leaves;
	const unsigned char (*hashes)[TREE_HASH];
	const char *note;
	struct proof proof, last_proof;
};

static void write_hashes(struct buffer *out, const struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		buffer_text(out, i ? "\",\"" : ",\"hashes\":[\"");
		buffer_base64url(out, run->hashes[i], TREE_HASH);
	}
	buffer_text(out, "\"]");
}

static void write_leaves(struct buffer *out, const struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		buffer_text(out, i ? "," : ",\"leaves\":[");
		buffer_add(out, run->leaves[i].bytes, run->leaves[i].length);
	}
	buffer_text(out, "]");
}

/* Members in the order of the canonical form. */
static void write_run(struct buffer *out, const struct run *run)
{
	buffer_format(out, "{\"first\":%" PRIu64, run->first);
	if (run->closed)
		write_hashes(out, run);
	if (run->count > 1) {
		buffer_text(out, ",\"last_proof\":");
		write_proof(out, &run->last_proof, run->first + run->count - 1, run->note);
	}
	if (!run->closed)
		write_leaves(out, run);
	buffer_text(out, ",\"proof\":");
	write_proof(out, &run->proof, run->first, run->note);
	buffer_text(out, "}");
}

void receipt_write(struct buffer *out, const struct sealed *sealed, uint64_t first, size_t count, bool closed)
{
	size_t at = (size_t)(first - sealed->first);
	struct run run = { .first = first, .count = count, .closed = closed, .note = sealed->note };

	if (first < sealed->first || count == 0 || at + count > sealed->count)
		BUG("a receipt of leaves that were not sealed together");
	run.leaves = sealed->leaves + at;
	run.hashes = (const unsigned char (*)[TREE_HASH])sealed->hashes + at;
	span_prove(sealed->span, first, &run.proof);
	if (count > 1)
		span_prove(sealed->span, first + count - 1, &run.last_proof);
	write_run(out, &run);
}

int checkpoint_note(const struct log_name *log, uint64_t size, const unsigned char root[TREE_HASH], const unsigned char *signature,
		    size_t length, char text[NOTE_MAX])
{
	unsigned char line[NOTE_LINE];

	if (length == NOTE_SIGNATURE) {
		memcpy(line, log->first_id, NOTE_ID);
		memcpy(line + NOTE_ID, signature, NOTE_SIGNATURE);
		signature = line;
		length = NOTE_LINE;
	}
	if (length == 0 || length % NOTE_LINE != 0 || length > (size_t)LINES_MAX * NOTE_LINE)
		return -1;
	note_write_lines(log->origin, size, root, signature, length / NOTE_LINE, text);
	return 0;
}

/* -------------------------------------------------------------- from evidence */

struct proof_tile {
	unsigned level, width;
	uint64_t index;
	unsigned char *hashes;
};

/* Evidence, taken apart. */
struct evidence {
	uint64_t index, size;
	unsigned char root[TREE_HASH];
	struct sealed *leaves;
	struct proof_tile *tiles;
	size_t tile_count;
	char note[NOTE_MAX];
};

/* Decoded bytes of a JSON string, malloc'd and NUL-terminated; NULL if it is none. */
static void *decode(const json_t *text, size_t *ret_length)
{
	size_t length = json_string_length(text);
	char *bytes;
	ssize_t got;

	if (!json_is_string(text))
		return NULL;
	bytes = xmalloc(length + 1);
	got = base64_decode(json_string_value(text), length, bytes, length);
	if (got < 0) {
		free(bytes);
		return NULL;
	}
	bytes[got] = '\0';
	*ret_length = (size_t)got;
	return bytes;
}

static int take_leaves(struct evidence *e, const json_t *leaves)
{
	size_t i, length;
	const json_t *leaf;

	if (json_array_size(leaves) == 0 || json_array_size(leaves) > LEAVES_MAX)
		return -1;
	json_array_foreach(leaves, i, leaf) {
		char *bytes = decode(leaf, &length);

		if (!bytes)
			return -1;
		sealed_add(e->leaves, bytes, length);
	}
	return 0;
}

static int take_tiles(struct evidence *e, const json_t *tiles)
{
	size_t i, length;
	const json_t *tile;

	e->tiles = xcalloc(json_array_size(tiles) + 1, sizeof(*e->tiles));
	json_array_foreach(tiles, i, tile) {
		struct proof_tile *to = &e->tiles[i];

		to->hashes = decode(json_object_get(tile, "hashes"), &length);
		if (!to->hashes)
			return -1;
		e->tile_count = i + 1;
		if (length % TREE_HASH != 0 || length > (size_t)TREE_TILE_WIDTH * TREE_HASH)
			return -1;
		to->level = (unsigned)json_integer_value(json_object_get(tile, "level"));
		to->index = (uint64_t)json_integer_value(json_object_get(tile, "index"));
		to->width = (unsigned)(length / TREE_HASH);
	}
	return 0;
}

static int take_note(struct evidence *e, const json_t *lines, const struct log_name *log)
{
	unsigned char bytes[LINES_MAX * NOTE_LINE];
	size_t i, length = 0;
	const json_t *line;

	json_array_foreach(lines, i, line) {
		ssize_t got = base64_decode(json_string_value(line), json_string_length(line), bytes + length, sizeof(bytes) - length);

		if (got <= 0)
			return -1;
		length += (size_t)got;
	}
	return checkpoint_note(log, e->size, e->root, bytes, length, e->note);
}

static void evidence_clear(struct evidence *e)
{
	sealed_release(e->leaves);
	for (size_t i = 0; i < e->tile_count; i++)
		free(e->tiles[i].hashes);
	free(e->tiles);
}

static int evidence_take(struct evidence *e, const json_t *from, const struct log_name *log)
{
	const json_t *root = json_object_get(from, "root");

	*e = (struct evidence){ .index = (uint64_t)json_integer_value(json_object_get(from, "index")),
				.size = (uint64_t)json_integer_value(json_object_get(from, "size")) };
	e->leaves = sealed_new(e->index);
	if (base64_decode(json_string_value(root), json_string_length(root), e->root, TREE_HASH) != TREE_HASH)
		return -1;
	return take_leaves(e, json_object_get(from, "leaves")) != 0 || take_tiles(e, json_object_get(from, "tiles")) != 0 ||
	       take_note(e, json_object_get(from, "lines"), log) != 0 ? -1 : 0;
}

static const unsigned char *tile_of(void *arg, unsigned level, uint64_t index, unsigned width)
{
	const struct evidence *e = arg;

	for (size_t i = 0; i < e->tile_count; i++)
		if (e->tiles[i].level == level && e->tiles[i].index == index && e->tiles[i].width >= width)
			return e->tiles[i].hashes;
	return NULL;
}

/* The proof of the i-th leaf, checked: what the database gives may have been changed by hand. */
static int prove(struct evidence *e, size_t i, struct proof *ret)
{
	return proof_inclusion(tile_of, e, e->index + i, e->size, ret) == 0 &&
	       proof_check_inclusion(ret, e->leaves->hashes[i], e->index + i, e->size, e->root) == 0 ? 0 : -1;
}

int receipt_write_evidence(struct buffer *out, const json_t *evidence, const struct log_name *log)
{
	struct evidence e;
	struct run run;
	int status = evidence_take(&e, evidence, log);

	if (status == 0) {
		run = (struct run){ .first = e.index, .count = e.leaves->count, .closed = json_is_true(json_object_get(evidence, "closed")),
				    .leaves = e.leaves->leaves, .hashes = (const unsigned char (*)[TREE_HASH])e.leaves->hashes, .note = e.note };
		status = prove(&e, 0, &run.proof);
		if (status == 0 && run.count > 1)
			status = prove(&e, run.count - 1, &run.last_proof);
	}
	if (status == 0)
		write_run(out, &run);
	evidence_clear(&e);
	return status;
}

int receipt_write_single(struct buffer *out, const json_t *evidence, const struct log_name *log)
{
	struct evidence e;
	struct proof proof;
	int status = evidence_take(&e, evidence, log);

	for (size_t i = 0; status == 0 && i < e.leaves->count; i++) {
		status = prove(&e, i, &proof);
		if (status != 0)
			break;
		buffer_text(out, i ? ",{\"leaf\":" : "{\"leaf\":");
		buffer_text(out, e.leaves->leaves[i].bytes);
		buffer_text(out, ",\"proof\":");
		write_proof(out, &proof, e.index + i, e.note);
		buffer_text(out, "}");
	}
	evidence_clear(&e);
	return status;
}
