#include "client/public_log.h"

#include "client/exit.h"
#include "client/file.h"
#include "client/say.h"
#include "wire/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FILE_MAX (16 << 20) /* of keys; all else is much smaller */
#define TILES_KEPT 512
#define TRIES 4

struct public_log_tile {
	unsigned level, width;
	uint64_t index;
	unsigned char *hashes;
};

void public_log_open(struct public_log *log, struct ledger *ledger, const char *folder)
{
	*log = (struct public_log){.folder = folder, .http = folder ? NULL : http_new(NULL, ledger)};
}

void public_log_over(struct public_log *log, struct http *http)
{
	*log = (struct public_log){.http = http, .borrowed = true};
}

void public_log_close(struct public_log *log)
{
	public_log_forget(log);
	if (!log->borrowed)
		http_free(log->http);
	*log = (struct public_log){0};
}

void public_log_forget(struct public_log *log)
{
	for (size_t i = 0; i < log->tile_count; i++)
		free(log->tiles[i].hashes);
	free(log->tiles);
	log->tiles = NULL;
	log->tile_count = 0;
}

static void fail(struct public_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct public_log *log, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(log->error, sizeof(log->error), format, args);
	va_end(args);
}

static int get_file(struct public_log *log, const char *name, char **ret_bytes, size_t *ret_length)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", log->folder, name);

	*ret_bytes = file_read(path, FILE_MAX, ret_length);
	if (*ret_bytes)
		return 0;
	fail(log, "%s: %s", path, strerror(errno));
	return errno == ENOENT || errno == ENOTDIR ? 1 : -1;
}

/* Asks again while the daemon has too much to do. */
static int send_patiently(struct http *http, const char *path, struct http_reply *reply)
{
	struct timespec wait = {.tv_nsec = 200000000};

	for (int try = 1;; try++) {
		int sent = http_send(http, path, NULL, 0, reply);

		if (sent < 0 || try == TRIES || (reply->status != 429 && reply->status != 503))
			return sent;
		http_reply_clear(reply);
		nanosleep(&wait, NULL);
		wait = (struct timespec){.tv_sec = try};
	}
}

static int get_http(struct public_log *log, const char *name, char **ret_bytes, size_t *ret_length)
{
	_cleanup_free_ char *path = xasprintf("/log/%s", name);
	struct http_reply reply = {0};
	bool missing;

	log->stranger = false;
	if (send_patiently(log->http, path, &reply) < 0) {
		log->stranger = reply.stranger;
		fail(log, "%s", reply.error);
		return -1;
	}
	if (reply.status == 200) {
		*ret_bytes = reply.body ? reply.body : xstrdup("");
		*ret_length = reply.length;
		return 0;
	}
	fail(log, "%s: HTTP %ld", path, reply.status);
	missing = reply.status == 404;
	http_reply_clear(&reply);
	return missing ? 1 : -1;
}

int public_log_get(struct public_log *log, const char *name, char **ret_bytes, size_t *ret_length)
{
	return log->http ? get_http(log, name, ret_bytes, ret_length) : get_file(log, name, ret_bytes, ret_length);
}

int public_log_checkpoint(struct public_log *log, const struct ledger *ledger, const char *name, char note[NOTE_MAX], uint64_t *ret_size,
			  unsigned char ret_root[TREE_HASH])
{
	_cleanup_free_ char *bytes = NULL;
	size_t length = 0;

	if (public_log_get(log, name, &bytes, &length) != 0)
		return EXIT_UNKNOWN;
	if (length >= NOTE_MAX || strlen(bytes) != length || ledger_check_note(ledger, bytes, true, ret_size, ret_root) < 0) {
		fail(log, "%s", _("the checkpoint is not signed by a log key of the ledger that is in force"));
		return EXIT_UNVERIFIED;
	}
	memcpy(note, bytes, length + 1);
	return EXIT_OK;
}

/* The bytes of a tile of at least width hashes: as it is asked for, or the full one, which may have taken its place. */
static unsigned char *get_tile(struct public_log *log, unsigned level, uint64_t index, unsigned width)
{
	const unsigned widths[] = {width, TREE_TILE_WIDTH};
	char *bytes = NULL;
	size_t length = 0;

	for (size_t i = 0; i < 2; i++) {
		char name[PROOF_PATH_MAX];
		int got;

		proof_tile_path(level, index, widths[i], name);
		got = public_log_get(log, name, &bytes, &length);
		if (got == 0 && length == (size_t)widths[i] * TREE_HASH)
			return (unsigned char *)bytes;
		if (got == 0) {
			fail(log, _("%s has not the length that such a tile has"), name);
			free(bytes);
			return NULL;
		}
		if (got < 0 || width == TREE_TILE_WIDTH)
			return NULL;
	}
	return NULL;
}

static const unsigned char *find_tile(const struct public_log *log, unsigned level, uint64_t index, unsigned width)
{
	for (size_t i = 0; i < log->tile_count; i++)
		if (log->tiles[i].level == level && log->tiles[i].index == index && log->tiles[i].width == width)
			return log->tiles[i].hashes;
	return NULL;
}

const unsigned char *public_log_tile(void *arg, unsigned level, uint64_t index, unsigned width)
{
	struct public_log *log = arg;
	const unsigned char *known = find_tile(log, level, index, width);
	unsigned char *hashes;

	if (known || !width)
		return known;
	hashes = get_tile(log, level, index, width);
	if (!hashes)
		return NULL;
	if (log->tile_count == TILES_KEPT)
		public_log_forget(log);
	log->tiles = xrealloc(log->tiles, (log->tile_count + 1) * sizeof(*log->tiles));
	log->tiles[log->tile_count++] = (struct public_log_tile){.level = level, .index = index, .width = width, .hashes = hashes};
	return hashes;
}

/* Whether the tiles give the root of a tree. */
static int check_root(struct public_log *log, const struct public_log_point *now)
{
	unsigned char root[TREE_HASH];

	if (proof_root(public_log_tile, log, now->size, root) < 0)
		return EXIT_UNKNOWN;
	if (memcmp(root, now->root, TREE_HASH) == 0)
		return EXIT_OK;
	fail(log, "%s", _("the log's hash tiles do not give the root that the ledger signed"));
	return EXIT_UNVERIFIED;
}

/* Whether the tiles hold another tree of the earlier size, from which the tree of now does go on. */
static bool is_forked(struct public_log *log, const struct proof *proof, const struct public_log_point *before,
		      const struct public_log_point *now)
{
	unsigned char other[TREE_HASH];

	return proof_root(public_log_tile, log, before->size, other) == 0 && memcmp(other, before->root, TREE_HASH) != 0 &&
	       proof_check_consistency(proof, before->size, other, now->size, now->root) == 0;
}

int public_log_consistent(struct public_log *log, const struct public_log_point *before, const struct public_log_point *now,
			  struct proof *ret, bool *ret_forked)
{
	int code;

	*ret_forked = false;
	code = check_root(log, now);
	if (code != EXIT_OK)
		return code;
	if (proof_consistency(public_log_tile, log, before->size, now->size, ret) < 0)
		return EXIT_UNKNOWN;
	if (proof_check_consistency(ret, before->size, before->root, now->size, now->root) == 0)
		return EXIT_OK;
	*ret_forked = is_forked(log, ret, before, now);
	fail(log, "%s", *ret_forked ? _("the log does not go on from the earlier checkpoint: its history is another one") :
				      _("the log's hash tiles do not show that it goes on from the earlier checkpoint"));
	return EXIT_UNVERIFIED;
}
