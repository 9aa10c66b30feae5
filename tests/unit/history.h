/* A real history (data/make_history.py) for the tests of the audit: acts of it, with edits, and what is found in them. */
#ifndef TESTS_UNIT_HISTORY_H
#define TESTS_UNIT_HISTORY_H

#include "audit/authority.h"
#include "audit/derive.h"
#include "tests/unit/unit.h"
#include "wire/base.h"
#include "wire/json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY SOURCEDIR "/tests/unit/data/history"
#define ACTS_MAX 200
#define LEAVES_MAX 400
#define TEXT_MAX_BYTES 2000

/* ---- the history, as it was sealed */

static struct {
	size_t first, count;
	char *compact;
} requests[ACTS_MAX + 1]; /* from 1, as requests are numbered */
static char *leaves[LEAVES_MAX];
static size_t request_count, leaf_count;

static char *line_of(FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length = getline(&line, &room, file);

	if (length > 0) {
		line[length - 1] = '\0';
		return line;
	}
	free(line);
	return NULL;
}

static int read_history(void **state)
{
	FILE *file = fopen(HISTORY ".leaves", "r");
	char *line;

	(void)state;
	assert_non_null(file);
	while ((line = line_of(file)))
		leaves[leaf_count++] = line;
	fclose(file);
	file = fopen(HISTORY ".requests", "r");
	assert_non_null(file);
	while ((line = line_of(file))) {
		char *at;

		requests[++request_count].first = strtoul(line, &at, 10);
		requests[request_count].count = strtoul(at + 1, &at, 10);
		requests[request_count].compact = xstrdup(at + 1);
		free(line);
	}
	fclose(file);
	assert_true(request_count > 60);
	return 0;
}

static int forget_history(void **state)
{
	(void)state;
	for (size_t i = 0; i < leaf_count; i++)
		free(leaves[i]);
	for (size_t i = 1; i <= request_count; i++)
		free(requests[i].compact);
	return 0;
}

/* ---- edits */

/* What a path names becomes a JSON value; NULL: it is gone. "leaf.0.rows.shop.0.fund" or "input.points"; "@6 input.request" as a value
 * is that of another request, "!6 input.request" the same with another signature. Of a list the place after the last is a new one. */
struct edit {
	size_t request;
	const char *path, *value;
};

/* The value that a path names below root, or its parent and the last name. */
static json_t *walk(json_t *root, const char *path, char last[64])
{
	for (;;) {
		size_t length = strcspn(path, ".");

		snprintf(last, 64, "%.*s", (int)length, path);
		if (!path[length])
			return root;
		root = json_is_array(root) ? json_array_get(root, strtoul(last, NULL, 10)) : json_object_get(root, last);
		assert_non_null(root);
		path += length + 1;
	}
}

static void set(json_t *root, const char *path, json_t *value)
{
	char last[64];
	json_t *parent = walk(root, path, last);
	size_t place = strtoul(last, NULL, 10);

	if (json_is_object(parent))
		value ? json_object_set_new(parent, last, value) : json_object_del(parent, last);
	else if (value && place < json_array_size(parent))
		json_array_set_new(parent, place, value);
	else if (value)
		json_array_append_new(parent, value);
	else
		json_array_remove(parent, place);
}

static json_t *parsed(const char *text)
{
	return json_loads(text, JSON_DECODE_ANY, NULL);
}

static json_t *input_of(size_t request)
{
	const char *reason;
	struct jws *jws = jws_parse_compact(requests[request].compact, strlen(requests[request].compact), &reason);
	json_t *input = json_incref(jws->content);

	jws_free(jws);
	return input;
}

static json_t *value_of(const char *text)
{
	char last[64];
	json_t *input, *value;

	if (!text || (text[0] != '@' && text[0] != '!'))
		return text ? parsed(text) : NULL;
	input = input_of(strtoul(text + 1, NULL, 10));
	value = walk(input, strstr(text, "input.") + strlen("input."), last);
	value = json_deep_copy(json_object_get(value, last));
	json_decref(input);
	if (text[0] == '!') {
		char *at = (char *)(uintptr_t)json_string_value(value) + json_string_length(value) - 20;

		*at = *at == 'A' ? 'B' : 'A';
	}
	return value;
}

/* The leaf with the edits that are about it, as bytes. */
static char *leaf_edited(size_t request, size_t place, const struct edit *edits)
{
	json_t *leaf = parsed(leaves[requests[request].first + place]);
	char name[32], *bytes;

	assert_non_null(leaf);
	snprintf(name, sizeof(name), "leaf.%zu.", place);
	for (; edits && edits->request; edits++)
		if (edits->request == request && strncmp(edits->path, name, strlen(name)) == 0)
			set(leaf, edits->path + strlen(name), value_of(edits->value));
	bytes = json_canonical(leaf, NULL);
	json_decref(leaf);
	return bytes;
}

/* ---- replaying */

static struct replay *replay_new(void)
{
	struct replay *replay = xcalloc(1, sizeof(*replay));

	replay->registry = registry_new();
	replay->store = store_open(NULL);
	replay->findings = findings_new();
	assert_non_null(replay->store);
	return replay;
}

static void replay_end(struct replay *replay)
{
	registry_free(replay->registry);
	store_close(replay->store);
	findings_free(replay->findings);
	free(replay);
}

/* An act with the edits, and without its last leaves if they are to be dropped; the caller drops it. */
static struct act *act_new(size_t request, const struct edit *edits, size_t dropped)
{
	struct act *act = xcalloc(1, sizeof(*act));

	*act = (struct act){.number = (int64_t)request,
			    .first = (int64_t)requests[request].first,
			    .said_first = -1,
			    .said_count = -1,
			    .leaf_count = requests[request].count - dropped,
			    .compact = requests[request].compact,
			    .compact_length = strlen(requests[request].compact),
			    .founding = request == 1};
	act->leaves = xcalloc(act->leaf_count, sizeof(*act->leaves));
	for (size_t i = 0; i < act->leaf_count; i++) {
		act->leaves[i].index = act->first + (int64_t)i;
		act->leaves[i].bytes = leaf_edited(request, i, edits);
		act->leaves[i].length = strlen(act->leaves[i].bytes);
	}
	act_parse(act);
	assert_null(act->fault);
	for (; edits && edits->request; edits++)
		if (edits->request == request && strncmp(edits->path, "input.", strlen("input.")) == 0)
			set((json_t *)(uintptr_t)act->input, edits->path + strlen("input."), value_of(edits->value));
	return act;
}

static void act_drop(struct act *act)
{
	for (size_t i = 0; i < act->leaf_count; i++)
		free((char *)(uintptr_t)act->leaves[i].bytes);
	act_clear(act);
	free(act);
}

/* The findings of derivation and authority alone, without those of the engine: "code field, code field". */
static void judge(struct replay *replay, struct act *act, char found[TEXT_MAX_BYTES])
{
	struct findings *others = replay->findings;
	size_t length = 0;

	replay->findings = findings_new();
	replay->today = (act->leaves[0].recorded_us / 1000000 + 8 * 3600) / 86400;
	replay->author = authority_author(replay, act);
	authority_check(replay, act);
	derive_check(replay, act);
	found[0] = '\0';
	for (size_t i = 0; i < findings_kept(replay->findings) && length < TEXT_MAX_BYTES - 100; i++) {
		const struct finding *finding = findings_at(replay->findings, i);

		length += (size_t)snprintf(found + length, TEXT_MAX_BYTES - length, "%s%s%s%s", i ? ", " : "", finding->code,
					   finding->place.field ? " " : "", finding->place.field ? finding->place.field : "");
	}
	findings_free(replay->findings);
	replay->findings = others;
}

#endif
