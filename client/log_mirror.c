#include "client/log_mirror.h"

#include "client/exit.h"
#include "client/file.h"
#include "client/log_open.h"
#include "client/say.h"
#include "wire/base.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TILE_BYTES ((size_t)TREE_TILE_WIDTH * TREE_HASH)

struct mirror {
	struct public_log *log;
	const char *folder;
	uint64_t size, fetched;
};

static char *path_in(const struct mirror *mirror, const char *name)
{
	return xasprintf("%s/%s", mirror->folder, name);
}

/* Folders that a web server can read, as the umask allows. */
static int make_folders(const char *path)
{
	_cleanup_free_ char *part = xstrdup(path);

	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return 0;
}

static int put_file(const struct mirror *mirror, const char *name, const void *bytes, size_t length)
{
	_cleanup_free_ char *path = path_in(mirror, name);

	if (make_folders(path) == 0 && file_write(path, bytes, length, 0644) == 0)
		return EXIT_OK;
	say_error("%s: %s", path, strerror(errno));
	return EXIT_LOCAL;
}

/* A tile's hashes in the folder, malloc'd; NULL if it has none of that size. */
static unsigned char *own_tile(const struct mirror *mirror, unsigned level, uint64_t index, unsigned width)
{
	char name[PROOF_PATH_MAX];
	_cleanup_free_ char *path = NULL;
	unsigned char *bytes;
	size_t length;

	proof_tile_path(level, index, width, name);
	path = path_in(mirror, name);
	bytes = (unsigned char *)file_read(path, TILE_BYTES, &length);
	if (bytes && length == (size_t)width * TREE_HASH)
		return bytes;
	free(bytes);
	return NULL;
}

/* The folder's checkpoint; size 0 when it has none. */
static int own_checkpoint(const struct client *client, const struct mirror *mirror, struct public_log_point *ret)
{
	_cleanup_free_ char *path = path_in(mirror, "checkpoint"), *note = NULL;
	size_t length;

	*ret = (struct public_log_point){0};
	note = file_read(path, NOTE_MAX - 1, &length);
	if (!note && errno == ENOENT)
		return EXIT_OK;
	if (!note) {
		say_error("%s: %s", path, strerror(errno));
		return EXIT_LOCAL;
	}
	if (strlen(note) == length && ledger_check_note(client->ledger, note, false, &ret->size, ret->root) == 0)
		return EXIT_OK;
	say_error(_("%s is not a checkpoint of this ledger; take another folder"), path);
	return EXIT_LOCAL;
}

/* That the log goes on from the folder's checkpoint. */
static int check_growth(struct mirror *mirror, const struct public_log_point *before, const struct public_log_point *now)
{
	struct proof proof;
	bool forked = false;
	int code;

	if (before->size > now->size || (before->size == now->size && memcmp(before->root, now->root, TREE_HASH) != 0)) {
		say_error(_("the log's newest checkpoint has size %" PRIu64 ", the folder's %" PRIu64 " or another root: the log was rolled back or rewritten. Keep the folder and call the auditors"),
			  now->size, before->size);
		return EXIT_UNVERIFIED;
	}
	if (!before->size)
		return EXIT_OK;
	code = public_log_consistent(mirror->log, before, now, &proof, &forked);
	if (forked)
		say_note(_("Keep the folder and call the auditors."));
	return log_say(mirror->log, code);
}

/* Writes a full tile unless the folder has it already, right. root: what the tile above has for it. */
static int take_tile(struct mirror *mirror, unsigned level, uint64_t index, const unsigned char root[TREE_HASH])
{
	_cleanup_free_ unsigned char *own = own_tile(mirror, level, index, TREE_TILE_WIDTH);
	unsigned char found[TREE_HASH];
	const unsigned char *hashes;
	char name[PROOF_PATH_MAX];

	if (own) {
		tree_tile_root(own, found);
		if (memcmp(found, root, TREE_HASH) == 0)
			return EXIT_OK;
	}
	proof_tile_path(level, index, TREE_TILE_WIDTH, name);
	if (own)
		say_note(_("%s of the folder is damaged and is fetched again."), name);
	hashes = public_log_tile(mirror->log, level, index, TREE_TILE_WIDTH);
	if (!hashes)
		return log_say(mirror->log, EXIT_UNKNOWN);
	tree_tile_root(hashes, found);
	if (memcmp(found, root, TREE_HASH) != 0) {
		say_error(_("%s is not the tile that the checkpoint speaks of"), name);
		return EXIT_UNVERIFIED;
	}
	mirror->fetched++;
	return put_file(mirror, name, hashes, TILE_BYTES);
}

/* The tiles below one tile, which is known to be right. */
static int take_below(struct mirror *mirror, unsigned level, uint64_t index, unsigned width)
{
	_cleanup_free_ unsigned char *hashes = own_tile(mirror, level, index, width);
	int code = EXIT_OK;

	if (!hashes) {
		say_error(_("a tile that was just written is gone from %s"), mirror->folder);
		return EXIT_LOCAL;
	}
	for (unsigned i = 0; i < width && code == EXIT_OK; i++)
		code = take_tile(mirror, level - 1, index * TREE_TILE_WIDTH + i, hashes + (size_t)i * TREE_HASH);
	return code;
}

/* The open tile of each level, which the signed root ties down all together. */
static int take_edge(struct mirror *mirror, unsigned level)
{
	uint64_t index = (mirror->size >> 8 * level) / TREE_TILE_WIDTH;
	unsigned width = proof_tile_width(level, index, mirror->size);
	const unsigned char *hashes;
	char name[PROOF_PATH_MAX];

	if (!width)
		return EXIT_OK;
	hashes = public_log_tile(mirror->log, level, index, width);
	if (!hashes)
		return log_say(mirror->log, EXIT_UNKNOWN);
	proof_tile_path(level, index, width, name);
	mirror->fetched++;
	return put_file(mirror, name, hashes, (size_t)width * TREE_HASH);
}

/* From the top down: each full tile's root stands in the tile above it, and that of the top in the open one. */
static int take_tiles(struct mirror *mirror)
{
	int code = EXIT_OK;

	for (unsigned level = TREE_LEVELS; level-- > 0 && code == EXIT_OK;)
		code = take_edge(mirror, level);
	for (unsigned level = TREE_LEVELS; level-- > 1 && code == EXIT_OK;) {
		uint64_t count = mirror->size >> 8 * level;

		for (uint64_t index = 0; index * TREE_TILE_WIDTH < count && code == EXIT_OK; index++)
			code = take_below(mirror, level, index, proof_tile_width(level, index, mirror->size));
	}
	return code;
}

/* The root from the open tiles; they are verified by it. */
static int check_root(struct mirror *mirror, const struct public_log_point *now)
{
	unsigned char root[TREE_HASH];

	if (proof_root(public_log_tile, mirror->log, now->size, root) < 0)
		return log_say(mirror->log, EXIT_UNKNOWN);
	if (memcmp(root, now->root, TREE_HASH) == 0)
		return EXIT_OK;
	say_error(_("the log's hash tiles do not give the root that the ledger signed"));
	return EXIT_UNVERIFIED;
}

int log_mirror(struct client *client, struct public_log *log, const char *folder)
{
	struct mirror mirror = {.log = log, .folder = folder};
	struct public_log_point before;
	struct log_checkpoint newest;
	int code = log_newest_or_say(client, log, &newest);

	if (code == EXIT_OK)
		code = own_checkpoint(client, &mirror, &before);
	if (code == EXIT_OK)
		code = check_root(&mirror, &newest.point);
	if (code == EXIT_OK)
		code = check_growth(&mirror, &before, &newest.point);
	mirror.size = newest.point.size;
	if (code == EXIT_OK)
		code = take_tiles(&mirror);
	if (code == EXIT_OK)
		code = put_file(&mirror, "checkpoint", newest.note, strlen(newest.note));
	if (code == EXIT_OK)
		say_note(_("%s has the log up to size %" PRIu64 "; %" PRIu64 " tiles were fetched."), folder, mirror.size, mirror.fetched);
	return code;
}
