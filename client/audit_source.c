#include "client/audit_source.h"

#include "client/exchange.h"
#include "client/exit.h"
#include "client/trouble.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/proof.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAVES_PAGE 1000
#define REQUESTS_PAGE 500
#define BATCH_LEAVES 4000

void source_clear(struct audit_source *source)
{
	free(source->leaves.bytes);
	free(source->requests.bytes);
	json_decref(source->kept_leaves);
	json_decref(source->kept_requests);
}

static char *buffer_room(struct buffer *buffer, size_t length)
{
	if (buffer->length + length > buffer->room) {
		buffer->room = 2 * (buffer->length + length);
		buffer->bytes = xrealloc(buffer->bytes, buffer->room);
	}
	return buffer->bytes + buffer->length;
}

static void buffer_add(struct buffer *buffer, const char *bytes, size_t length)
{
	memcpy(buffer_room(buffer, length + 1), bytes, length);
	buffer->length += length;
}

static void buffer_number(struct buffer *buffer, int64_t number)
{
	char text[24];

	buffer_add(buffer, text, (size_t)snprintf(text, sizeof(text), "%" PRId64 "\t", number));
}

int source_ask(struct audit_source *source, const char *noun, const char *verb, const json_t *input, struct answer *ret)
{
	const struct op *op = op_find(noun, verb);

	source->code = exchange_read(source->client, op, input, ret, NULL);
	if (source->code == EXIT_OK && ret->problem) {
		trouble_say(ret->problem, op->input, NULL);
		answer_clear(ret);
		source->code = EXIT_REFUSED;
	}
	return source->code;
}

/* The rows of a page from a number on, appended to kept. */
static int ask_rows(struct audit_source *source, const char *verb, int64_t from, int limit, json_t *kept)
{
	json_auto_t *input = json_pack("{s:I, s:i}", "from", (json_int_t)from, "limit", limit);
	struct answer answer = {0};

	if (source_ask(source, "ledger", verb, input, &answer) != EXIT_OK)
		return source->code;
	json_array_extend(kept, json_object_get(answer.result, "rows"));
	answer_clear(&answer);
	return EXIT_OK;
}

static int64_t row_at(const json_t *rows, size_t i, const char *member)
{
	return row_number(json_array_get(rows, i), member, -1);
}

/* Leaves up to a batch, or to the end; what the ledger does not give is missing. */
static int ask_leaves(struct audit_source *source, int64_t upto)
{
	while (source->next_leaf < upto && json_array_size(source->kept_leaves) < BATCH_LEAVES) {
		size_t before = json_array_size(source->kept_leaves), after;

		if (ask_rows(source, "leaves", source->next_leaf, LEAVES_PAGE, source->kept_leaves) != EXIT_OK)
			return source->code;
		after = json_array_size(source->kept_leaves);
		source->next_leaf = after > before ? row_at(source->kept_leaves, after - 1, "index") + 1 : upto;
	}
	return EXIT_OK;
}

static int ask_requests(struct audit_source *source, int64_t upto)
{
	for (;;) {
		size_t before = json_array_size(source->kept_requests), after;

		if (before && row_at(source->kept_requests, before - 1, "first") >= upto)
			return EXIT_OK;
		if (ask_rows(source, "requests", source->next_request, REQUESTS_PAGE, source->kept_requests) != EXIT_OK)
			return source->code;
		after = json_array_size(source->kept_requests);
		if (after == before)
			return EXIT_OK;
		source->next_request = row_at(source->kept_requests, after - 1, "number") + 1;
	}
}

/* Adds a leaf's line. */
static void put_leaf(struct buffer *lines, const json_t *row)
{
	const json_t *leaf = json_object_get(row, "leaf");
	size_t length = json_string_length(leaf);
	ssize_t size;

	buffer_number(lines, row_number(row, "index", 0));
	size = base64url_decode(json_string_value(leaf), length, buffer_room(lines, length + 1), length);
	lines->length += size > 0 ? (size_t)size : 0;
	buffer_add(lines, "\n", 1);
}

static void put_request(struct buffer *lines, const json_t *row)
{
	const json_t *jws = json_object_get(row, "jws");

	buffer_number(lines, row_number(row, "number", 0));
	buffer_number(lines, row_number(row, "first", 0));
	buffer_number(lines, row_number(row, "count", 0));
	buffer_add(lines, json_string_length(jws) ? json_string_value(jws) : "-", json_string_length(jws) ? json_string_length(jws) : 1);
	buffer_add(lines, "\n", 1);
}

/* Where the last command of the batch that is surely whole ends. */
static int64_t batch_end(const struct audit_source *source, int64_t upto)
{
	size_t count = json_array_size(source->kept_leaves), requests = json_array_size(source->kept_requests);
	int64_t last = count ? row_at(source->kept_leaves, count - 1, "index") : upto - 1;

	if (source->next_leaf >= upto)
		return upto;
	while (requests-- > 0) {
		int64_t first = row_at(source->kept_requests, requests, "first");

		if (first <= last && first > row_at(source->kept_leaves, 0, "index"))
			return first;
	}
	return last + 1;
}

static void move_before(json_t *rows, const char *member, int64_t end, struct buffer *lines, void (*put)(struct buffer *lines, const json_t *row))
{
	json_auto_t *left = json_array();
	json_t *row;
	size_t i;

	lines->length = 0;
	json_array_foreach(rows, i, row) {
		if (row_number(row, member, 0) < end)
			put(lines, row);
		else
			json_array_append(left, row);
	}
	json_array_clear(rows);
	json_array_extend(rows, left);
}

int64_t source_batch(struct audit_source *source, int64_t upto)
{
	int64_t end;

	if (!source->kept_leaves) {
		source->kept_leaves = json_array();
		source->kept_requests = json_array();
	}
	if (ask_leaves(source, upto) != EXIT_OK || ask_requests(source, source->next_leaf < upto ? source->next_leaf : upto) != EXIT_OK)
		return -1;
	end = batch_end(source, upto);
	move_before(source->kept_leaves, "index", end, &source->leaves, put_leaf);
	move_before(source->kept_requests, "first", end, &source->requests, put_request);
	return end;
}

/* ---- one act again */

static bool same_request(const json_t *a, const json_t *b)
{
	unsigned char bytes[2][LEAF_MAX + 1];
	const json_t *rows[2] = {a, b};
	const char *found[2];

	for (size_t i = 0; i < 2; i++) {
		const json_t *leaf = json_object_get(rows[i], "leaf");
		ssize_t size = base64url_decode(json_string_value(leaf), json_string_length(leaf), bytes[i], LEAF_MAX);

		found[i] = size > 0 ? memmem(bytes[i], (size_t)size, "\"request\":\"", 11) : NULL;
		if (!found[i])
			return false;
	}
	return strncmp(found[0], found[1], 11 + KID_LENGTH) == 0;
}

static void take_leaf(const json_t *row, struct act *act)
{
	const json_t *text = json_object_get(row, "leaf");
	struct leaf *leaf = &act->leaves[act->leaf_count];
	char *bytes = (char *)act->buffer + act->leaf_count * LEAF_MAX;
	ssize_t size = base64url_decode(json_string_value(text), json_string_length(text), bytes, LEAF_MAX);

	*leaf = (struct leaf){.index = row_number(row, "index", 0), .bytes = bytes, .length = size > 0 ? (size_t)size : 0};
	act->leaf_count++;
}

int source_fetch(void *arg, int64_t first, bool whole, struct act *ret)
{
	struct audit_source *source = arg;
	json_auto_t *rows = json_array();
	size_t count = 0;

	while (count == json_array_size(rows) && count < 2 * LEAVES_PAGE) {
		size_t before = json_array_size(rows);

		if (ask_rows(source, "leaves", first + (int64_t)count, whole ? LEAVES_PAGE : 1, rows) != EXIT_OK)
			return -1;
		while (count < json_array_size(rows) && (!count || same_request(json_array_get(rows, 0), json_array_get(rows, count))))
			count++;
		if (!whole || before == json_array_size(rows))
			break;
	}
	if (!count || row_at(rows, 0, "index") != first)
		return -1;
	*ret = (struct act){.first = first, .said_first = -1, .said_count = -1};
	ret->leaves = xcalloc(count, sizeof(*ret->leaves));
	ret->buffer = xmalloc(count * LEAF_MAX);
	for (size_t i = 0; i < count; i++)
		take_leaf(json_array_get(rows, i), ret);
	return 0;
}

/* ---- the public log */

static int get(struct audit_source *source, const char *path, struct http_reply *reply)
{
	if (http_send(source->client->http, path, NULL, 0, reply) == 0 && reply->status == 200)
		return 0;
	http_reply_clear(reply);
	return -1;
}

const unsigned char *source_tile(void *arg, unsigned level, uint64_t index, unsigned width)
{
	struct audit_source *source = arg;
	struct http_reply reply = {0};
	char name[PROOF_PATH_MAX];
	_cleanup_free_ char *path = NULL;

	if (source->tile_width && source->tile_level == level && source->tile_index == index && source->tile_width >= width)
		return source->tile;
	proof_tile_path(level, index, width, name);
	path = xasprintf("/log/%s", name);
	source->tile_width = 0;
	if (get(source, path, &reply) == 0 && reply.length == (size_t)width * TREE_HASH) {
		memcpy(source->tile, reply.body, reply.length);
		source->tile_level = level;
		source->tile_index = index;
		source->tile_width = width;
	}
	http_reply_clear(&reply);
	return source->tile_width ? source->tile : NULL;
}

char *source_checkpoint(struct audit_source *source)
{
	struct http_reply reply = {0};
	char *note = NULL;

	if (get(source, "/log/checkpoint", &reply) == 0)
		note = xstrndup(reply.body, reply.length);
	http_reply_clear(&reply);
	return note;
}
