#include "audit/rows.h"

#include "audit/derive.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/clock.h"
#include "wire/sha256.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *json_value_text(const json_t *value)
{
	return json_is_string(value) ? xstrdup(json_string_value(value)) : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
}

char *row_key(const char *members, const json_t *row)
{
	char *text = xstrdup("");

	while (*members) {
		size_t length = strcspn(members, " ");
		_cleanup_free_ char *name = xstrndup(members, length), *before = text;
		const json_t *member = json_object_get(row, name);
		_cleanup_free_ char *value = member ? json_value_text(member) : NULL;

		if (!value)
			return NULL;
		text = xasprintf("%s%s%s", before, *before ? " " : "", value);
		members += length;
		members += strspn(members, " ");
	}
	return text;
}

static json_t *encoded(const void *bytes, size_t length)
{
	_cleanup_free_ char *text = xmalloc(BASE64URL_LENGTH(length) + 1);

	base64url_encode(bytes, length, text);
	return json_string(text);
}

static json_t *hash_of(const void *bytes, size_t length)
{
	unsigned char hash[SHA256_BYTES];

	sha256(bytes, length, hash);
	return encoded(hash, sizeof(hash));
}

static json_t *amount(int64_t number)
{
	return json_sprintf("%" PRId64, number);
}

static json_t *entry_image(const struct act *act, const struct leaf *leaf)
{
	json_t *image = json_pack("{s:I, s:s, s:I, s:O, s:s, s:s}", "number", (json_int_t)leaf->entry, "recorded_at", leaf->recorded_at, "request",
				  (json_int_t)act->number, "occurred_on", json_object_get(leaf->content, "occurred_on"), "kind", leaf->kind,
				  "book", leaf->book);

	if (leaf->reverses)
		json_object_set_new(image, "reverses", json_integer(leaf->reverses));
	return image;
}

static json_t *posting_image(const struct leaf *leaf, size_t i)
{
	const struct posting *posting = &leaf->postings[i];
	json_t *image = json_pack("{s:s, s:I, s:I, s:b, s:I, s:I, s:o, s:o, s:I}", "account", posting->account, "owner", (json_int_t)posting->owner,
				  "purpose", (json_int_t)posting->purpose, "restricted", posting->restricted, "entry", (json_int_t)leaf->entry,
				  "line", (json_int_t)i + 1, "amount", amount(posting->amount), "balance", amount(posting->balance), "version",
				  (json_int_t)posting->version);

	if (posting->lots)
		json_object_set(image, "lots", (json_t *)(uintptr_t)posting->lots);
	return image;
}

/* The moment of the last leaf, as core.command keeps it. */
static json_t *request_moment(const struct act *act)
{
	char text[CLOCK_TEXT];

	clock_text(act->leaves[0].recorded_us + (int64_t)act->leaf_count - 1, text);
	return json_string(text);
}

/* The three parts of the compact string, as the row has them. */
static void put_parts(json_t *image, const struct act *act)
{
	const char *dot = memchr(act->compact, '.', act->compact_length), *payload = dot + 1;
	const char *signature = act->compact + act->jws->signing_length + 1;

	json_object_set_new(image, "protected", json_stringn(act->compact, (size_t)(payload - 1 - act->compact)));
	json_object_set_new(image, "payload", json_stringn(payload, (size_t)(signature - 1 - payload)));
	json_object_set_new(image, "signature", json_stringn(signature, act->compact_length - (size_t)(signature - act->compact)));
}

/* Without its request only what the leaves tell. */
static json_t *request_image(const struct act *act, int64_t operator)
{
	json_t *image = json_pack("{s:I, s:I, s:I, s:o, s:s}", "number", (json_int_t)act->number, "leaf_first", (json_int_t)act->first, "leaf_count",
				  (json_int_t)act->leaf_count, "recorded_at", request_moment(act), "hash", act->leaves[0].request);

	if (act->leaves[0].result)
		json_object_set_new(image, "result", json_string(act->leaves[0].result));
	if (!act->jws)
		return image;
	put_parts(image, act);
	json_object_set_new(image, "operator", json_integer(operator));
	json_object_set_new(image, "op", json_string(act->op ? act->op->name : "ledger_found"));
	if (!act->founding)
		json_object_set_new(image, "jti", encoded(act->jti, sizeof(act->jti)));
	return image;
}

json_t *request_comparable(const json_t *row, bool with_result)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)row);
	const json_t *result = json_object_get(row, "result");
	_cleanup_free_ char *text = result ? json_dumps(result, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;

	json_object_del(copy, "result");
	if (text && with_result)
		json_object_set_new(copy, "result", hash_of(text, strlen(text)));
	if (row_number(row, "operator", -1) == 0)
		json_object_del(copy, "jti");
	return copy;
}

static json_t *leaf_image(const struct leaf *leaf)
{
	return json_pack("{s:I, s:o}", "index", (json_int_t)leaf->index, "hash", hash_of(leaf->bytes, leaf->length));
}

static bool is_image(const char *table)
{
	for (const struct table_coverage *coverage = table_coverages; coverage->table; coverage++)
		if (strcmp(coverage->table, table) == 0)
			return coverage->how == COVER_IMAGE;
	return false;
}

static void leaf_images(const struct leaf *leaf, act_row_fn *fn, void *arg)
{
	const char *table;
	json_t *list, *row;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)leaf->rows, table, list) {
		if (!is_image(table))
			continue;
		json_array_foreach(list, i, row)
			fn(arg, table, json_incref(row), leaf);
	}
}

void act_rows(const struct act *act, int64_t operator, act_row_fn *fn, void *arg)
{
	for (size_t i = 0; i < act->leaf_count; i++) {
		const struct leaf *leaf = &act->leaves[i];

		fn(arg, "leaf", leaf_image(leaf), leaf);
		if (!leaf->content)
			continue;
		if (leaf->rows)
			leaf_images(leaf, fn, arg);
		if (leaf->entry)
			fn(arg, "entry", entry_image(act, leaf), leaf);
		for (size_t j = 0; leaf->entry && j < leaf->posting_count; j++)
			fn(arg, "posting", posting_image(leaf, j), leaf);
	}
	if (act->leaves[0].content)
		fn(arg, "request", request_image(act, operator), &act->leaves[0]);
}
