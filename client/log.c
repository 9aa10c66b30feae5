/* log checkpoint, prove, mirror: what anybody may have of the log, verified. Needs ledger.json and no key. */
#include "client/builtin.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/log_mirror.h"
#include "client/log_open.h"
#include "client/render.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/base64.h"
#include "wire/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_CHARACTERS 4096

static const char *text_of(const json_t *input, const char *name)
{
	return json_string_value(json_object_get(input, name));
}

static int write_text(const char *out, const char *text)
{
	if (file_write(out ? out : "-", text, strlen(text), 0644) == 0)
		return EXIT_OK;
	say_error("%s: %s", out, strerror(errno));
	return EXIT_LOCAL;
}

/* ---- checkpoint */

/* Names on the lines of a note that are not the log's own: witnesses. New reference. */
static json_t *cosigners(const char *note, const char *origin)
{
	json_t *names = json_array();
	const char *line = strstr(note, "\n\n");

	for (line = line ? line + 2 : ""; strncmp(line, "— ", strlen("— ")) == 0; line = strchr(line, '\n') + 1) {
		const char *name = line + strlen("— ");
		size_t length = strcspn(name, " ");

		if (length != strlen(origin) || strncmp(name, origin, length) != 0)
			json_array_append_new(names, json_stringn(name, length));
	}
	return names;
}

/* The names of the given verifier keys that have a good line on the note. New reference. */
static json_t *known_cosigners(const char *note, const json_t *verifiers)
{
	json_t *names = json_array();
	const json_t *verifier;
	uint64_t time;
	size_t i;

	json_array_foreach(verifiers, i, verifier) {
		const char *text = json_string_value(verifier);

		if (note_verify_cosignature(text, note, &time) == 0)
			json_array_append_new(names, json_stringn(text, strcspn(text, "+")));
	}
	return names;
}

/* What is known of the newest witnessed checkpoint. New reference, NULL if there is none. */
static json_t *witnessed(struct client *client, struct public_log *log, const json_t *verifiers)
{
	unsigned char root[TREE_HASH];
	char note[NOTE_MAX];
	uint64_t size;

	if (public_log_checkpoint(log, client->ledger, "witnessed", note, &size, root) != EXIT_OK)
		return NULL;
	return json_pack("{s:I, s:o, s:o}", "size", (json_int_t)size, "names", cosigners(note, client->ledger->aud), "verified", known_cosigners(note, verifiers));
}

static char *joined(const json_t *names)
{
	char *text = xstrdup("");
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		char *longer = xasprintf("%s%s%s", text, i ? ", " : "", json_string_value(name));

		free(text);
		text = longer;
	}
	return text;
}

static const struct field checkpoint_fields[] = {
	{.name = "aud", .type = FIELD_TEXT, .zh = "账本", .help = ""},
	{.name = "size", .type = FIELD_COUNT, .zh = "日志条数", .help = ""},
	{.name = "root", .type = FIELD_TEXT, .zh = "日志根", .help = ""},
	{.name = "witnessed_size", .type = FIELD_COUNT, .zh = "见证至", .help = ""},
	{.name = "witnesses", .type = FIELD_TEXT, .zh = "见证人", .help = ""},
	{.name = "verified_witnesses", .type = FIELD_TEXT, .zh = "已核验见证人", .help = ""},
	{.name = NULL},
};

static void print_checkpoint(const struct client *client, const struct log_checkpoint *newest, const json_t *seen)
{
	char root[BASE64_LENGTH(TREE_HASH) + 1];
	json_auto_t *shown = NULL;

	base64_encode(newest->point.root, TREE_HASH, root);
	shown = json_pack("{s:s, s:I, s:s}", "aud", client->ledger->aud, "size", (json_int_t)newest->point.size, "root", root);
	if (seen) {
		_cleanup_free_ char *names = joined(json_object_get(seen, "names")), *verified = joined(json_object_get(seen, "verified"));

		json_object_set(shown, "witnessed_size", json_object_get(seen, "size"));
		json_object_set_new(shown, "witnesses", json_string(names));
		if (*verified)
			json_object_set_new(shown, "verified_witnesses", json_string(verified));
	}
	if (client->json) {
		json_dumpf(shown, stdout, JSON_COMPACT | JSON_SORT_KEYS);
		putchar('\n');
		return;
	}
	render_result(stdout, checkpoint_fields, shown);
	say_note("%s", seen ? _("It verifies. Witnesses are checked by their own verifier keys only: --witness KEY.") : _("It verifies. No checkpoint has been witnessed."));
}

static int run_checkpoint(struct client *client, const json_t *input)
{
	const char *out = text_of(input, "out");
	struct log_checkpoint newest;
	struct public_log log;
	int code = log_open(client, text_of(input, "url"), NULL, &log);

	if (code == EXIT_OK)
		code = log_newest_or_say(client, &log, &newest);
	if (code == EXIT_OK && out)
		code = write_text(out, newest.note);
	if (code == EXIT_OK && (!out || strcmp(out, "-") != 0)) {
		json_auto_t *seen = witnessed(client, &log, json_object_get(input, "witness"));

		print_checkpoint(client, &newest, seen);
	}
	public_log_close(&log);
	return code;
}

/* ---- prove */

/* The checkpoint of a size: the newest, the witnessed one, or the one in a file. */
static int checkpoint_of(struct client *client, struct public_log *log, const json_t *input, struct log_checkpoint *ret)
{
	const char *path = text_of(input, "checkpoint");
	const json_t *size = json_object_get(input, "size");
	_cleanup_free_ char *bytes = NULL;
	size_t length;
	int code = log_newest_or_say(client, log, ret);

	if (code != EXIT_OK || (!path && (!size || (uint64_t)json_integer_value(size) == ret->point.size)))
		return code;
	if (path) {
		bytes = file_read(path, NOTE_MAX - 1, &length);
		if (!bytes) {
			say_error("%s: %s", path, strerror(errno));
			return EXIT_LOCAL;
		}
		if (strlen(bytes) != length || ledger_check_note(client->ledger, bytes, false, &ret->point.size, ret->point.root) < 0) {
			say_error(_("%s is not a checkpoint that a log key of the ledger signed"), path);
			return EXIT_UNVERIFIED;
		}
		memcpy(ret->note, bytes, length + 1);
	} else if (public_log_checkpoint(log, client->ledger, "witnessed", ret->note, &ret->point.size, ret->point.root) != EXIT_OK) {
		ret->point.size = UINT64_MAX;
	}
	if (!size || (uint64_t)json_integer_value(size) == ret->point.size)
		return EXIT_OK;
	say_error(_("the ledger gives out its newest checkpoint and its newest witnessed one; for another size name a kept one with --checkpoint FILE"));
	return EXIT_USAGE;
}

static int prove_inclusion(struct public_log *log, const struct log_checkpoint *at, uint64_t index, const char *out)
{
	const unsigned char *tile;
	unsigned char hash[TREE_HASH];
	_cleanup_free_ char *text = NULL;
	struct proof proof;

	if (index >= at->point.size) {
		say_error(_("there is no leaf %" PRIu64 " in a log of size %" PRIu64), index, at->point.size);
		return EXIT_USAGE;
	}
	tile = public_log_tile(log, 0, index / TREE_TILE_WIDTH, proof_tile_width(0, index / TREE_TILE_WIDTH, at->point.size));
	if (!tile)
		return log_say(log, EXIT_UNKNOWN);
	memcpy(hash, tile + index % TREE_TILE_WIDTH * TREE_HASH, TREE_HASH);
	if (proof_inclusion(public_log_tile, log, index, at->point.size, &proof) < 0)
		return log_say(log, EXIT_UNKNOWN);
	if (proof_check_inclusion(&proof, hash, index, at->point.size, at->point.root) < 0) {
		say_error(_("the log's hash tiles do not give the root that the ledger signed"));
		return EXIT_UNVERIFIED;
	}
	text = proof_write(&proof, index, at->note);
	return write_text(out, text);
}

static void put_point(FILE *text, const struct public_log_point *point)
{
	char root[BASE64_LENGTH(TREE_HASH) + 1];

	base64_encode(point->root, TREE_HASH, root);
	fprintf(text, "%" PRIu64 "\n%s\n", point->size, root);
}

/* "size\nroot\nsize\nroot\n\n" and the hashes, a line each. */
static int write_consistency(const struct public_log_point *before, const struct public_log_point *now, const struct proof *proof, const char *out)
{
	_cleanup_free_ char *bytes = NULL;
	size_t length;
	FILE *text = open_memstream(&bytes, &length);

	if (!text)
		BUG("no memory stream");
	put_point(text, before);
	put_point(text, now);
	fputc('\n', text);
	for (unsigned i = 0; i < proof->count; i++) {
		char hash[BASE64_LENGTH(TREE_HASH) + 1];

		base64_encode(proof->hashes[i], TREE_HASH, hash);
		fprintf(text, "%s\n", hash);
	}
	fclose(text);
	return write_text(out, bytes);
}

/* Between two sizes of the log that the newest checkpoint is of. */
static int prove_consistency(struct public_log *log, const struct public_log_point *newest, uint64_t from, uint64_t to, const char *out)
{
	struct public_log_point before = {.size = from}, now = {.size = to};
	struct proof proof;
	bool forked;
	int code;

	if (from > to || to > newest->size) {
		say_error(_("the sizes are 0 <= from <= to <= %" PRIu64), newest->size);
		return EXIT_USAGE;
	}
	if (proof_root(public_log_tile, log, from, before.root) < 0 || proof_root(public_log_tile, log, to, now.root) < 0)
		return log_say(log, EXIT_UNKNOWN);
	code = public_log_consistent(log, &now, newest, &proof, &forked);
	if (code == EXIT_OK)
		code = public_log_consistent(log, &before, &now, &proof, &forked);
	return code == EXIT_OK ? write_consistency(&before, &now, &proof, out) : log_say(log, code);
}

static int prove(struct client *client, struct public_log *log, const json_t *input)
{
	const json_t *index = json_object_get(input, "index"), *from = json_object_get(input, "from"), *to = json_object_get(input, "to");
	struct log_checkpoint at;
	int code;

	if (!index == !from || (to && !from)) {
		say_error(_("give --index N, or --from N with or without --to N"));
		return EXIT_USAGE;
	}
	code = index ? checkpoint_of(client, log, input, &at) : log_newest_or_say(client, log, &at);
	if (code != EXIT_OK)
		return code;
	if (index)
		return prove_inclusion(log, &at, (uint64_t)json_integer_value(index), text_of(input, "out"));
	return prove_consistency(log, &at.point, (uint64_t)json_integer_value(from), to ? (uint64_t)json_integer_value(to) : at.point.size, text_of(input, "out"));
}

static int run_prove(struct client *client, const json_t *input)
{
	struct public_log log;
	int code = log_open(client, text_of(input, "url"), NULL, &log);

	if (code == EXIT_OK)
		code = prove(client, &log, input);
	public_log_close(&log);
	return code;
}

/* ---- mirror */

static int run_mirror(struct client *client, const json_t *input)
{
	struct public_log log;
	int code = log_open(client, text_of(input, "url"), NULL, &log);

	if (code == EXIT_OK)
		code = log_mirror(client, &log, text_of(input, "out"));
	public_log_close(&log);
	return code;
}

#define URL {.name = "url", .type = FIELD_TEXT, .max = PATH_CHARACTERS, .zh = "地址", .help = N_("https://HOST:PORT, if not where ledger.json says")}
#define SIZE_MAX_FIELD .max = JSON_INTEGER_MAX

static const struct field checkpoint_input[] = {
	{.name = "out", .type = FIELD_TEXT, .max = PATH_CHARACTERS, .zh = "输出文件", .help = N_("file for the checkpoint as the ledger signed it")},
	{.name = "witness", .type = FIELD_LIST, .zh = "见证公钥", .help = N_("verifier key of a witness whose cosignature is checked; may be repeated")},
	URL,
	{.name = NULL},
};
static const struct field prove_input[] = {
	{.name = "index", .type = FIELD_COUNT, SIZE_MAX_FIELD, .zh = "日志序号", .help = N_("leaf whose inclusion is proven, from 0")},
	{.name = "size", .type = FIELD_COUNT, SIZE_MAX_FIELD, .zh = "日志条数", .help = N_("in the checkpoint of this size: the newest, the newest witnessed, or one of --checkpoint")},
	{.name = "checkpoint", .type = FIELD_TEXT, .max = PATH_CHARACTERS, .zh = "检查点文件", .help = N_("in the checkpoint of this file")},
	{.name = "from", .type = FIELD_COUNT, SIZE_MAX_FIELD, .zh = "起始条数", .help = N_("earlier size from which consistency is proven")},
	{.name = "to", .type = FIELD_COUNT, SIZE_MAX_FIELD, .zh = "截止条数", .help = N_("later size, else the newest")},
	{.name = "out", .type = FIELD_TEXT, .max = PATH_CHARACTERS, .zh = "输出文件", .help = N_("file for the proof; else it is printed")},
	URL,
	{.name = NULL},
};
static const struct field mirror_input[] = {
	{.name = "out", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = PATH_CHARACTERS, .zh = "输出目录", .help = N_("folder of the copy; it is gone on with")},
	URL,
	{.name = NULL},
};
static const struct field nothing[] = {{.name = NULL}};

const struct builtin builtin_log[] = {
	{{.name = "log_checkpoint", .noun = "log", .verb = "checkpoint", .kind = OP_READ, .input = checkpoint_input, .result = nothing,
	  .help = N_("fetch the log's newest checkpoint and verify it")},
	 .run = run_checkpoint},
	{{.name = "log_prove", .noun = "log", .verb = "prove", .kind = OP_READ, .input = prove_input, .result = nothing,
	  .help = N_("prove that a leaf is in the log, or that the log only grew")},
	 .run = run_prove},
	{{.name = "log_mirror", .noun = "log", .verb = "mirror", .kind = OP_READ, .input = mirror_input, .result = nothing,
	  .help = N_("copy the public log to a folder that any web server can serve")},
	 .run = run_mirror},
	{.op = {.noun = NULL}},
};
