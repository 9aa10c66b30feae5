/* The last checkpoint that was acknowledged; see kept.h. */
#include "daemon/kept.h"

#include "daemon/state.h"
#include "wire/base.h"
#include "wire/note.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYNC_AFTER_S 2 /* the synced copy is at most so far behind, and the time that one takes */

enum found {
	ABSENT,
	TORN,    /* empty, or not a whole checkpoint */
	FOREIGN, /* a whole one, but not signed by a log key of this ledger */
	GOOD,
};

struct file {
	char *path;
	enum found found;
	uint64_t size;
	unsigned char root[TREE_HASH];
};

struct kept {
	struct pool *pool;
	const struct keys *keys;
	const char *origin;
	struct file newest, synced;
	uint64_t size; /* 0: nothing is kept */
	unsigned char root[TREE_HASH];
	char *note; /* of size, when it was written by this process */

	struct event *timer;
	struct pool_job job;
	char *copying; /* the note that the job writes; the job's while it runs */
	uint64_t copied;
	int copy_errno;
};

static bool signed_by_us(const struct kept *kept, const char *note, uint64_t *ret_size, unsigned char *ret_root)
{
	char verifier[NOTE_VERIFIER];

	for (size_t i = 0; i < kept->keys->count; i++) {
		const struct key_file *file = &kept->keys->files[i];

		if (file->use != KEY_LOG)
			continue;
		note_verifier(file->key, kept->origin, verifier);
		if (note_verify(verifier, note, ret_size, ret_root) == 0)
			return true;
	}
	return false;
}

static enum found judge(const struct kept *kept, const char *text, size_t length, struct file *file)
{
	char origin[NOTE_VERIFIER];

	if (strlen(text) != length || note_parse(text, origin, &file->size, file->root) != 0)
		return TORN;
	return signed_by_us(kept, text, &file->size, file->root) ? GOOD : FOREIGN;
}

/* 0, or -1 with *ret_error when the file cannot be read. */
static int read_file(const struct kept *kept, struct file *file, char **ret_error)
{
	char text[NOTE_MAX];
	FILE *in = fopen(file->path, "re");
	size_t length;

	if (!in && errno == ENOENT)
		return 0;
	length = in ? fread(text, 1, sizeof(text) - 1, in) : 0;
	if (!in || ferror(in)) {
		*ret_error = xasprintf("%s: %s", file->path, strerror(errno));
		if (in)
			fclose(in);
		return -1;
	}
	fclose(in);
	text[length] = '\0';
	file->found = judge(kept, text, length, file);
	return 0;
}

/* What the two files say together: the newer good one. 0, or -1 with *ret_error. */
static int choose(struct kept *kept, char **ret_error)
{
	const struct file *newest = &kept->newest, *synced = &kept->synced, *chosen;
	const struct file *foreign = newest->found == FOREIGN ? newest : synced;

	if (foreign->found == FOREIGN) {
		*ret_error = xasprintf("%s is a checkpoint, but not signed by a log key of this ledger; put the right keys in place, and see"
				       " docs/operating.md before you move it away", foreign->path);
		return -1;
	}
	if (synced->found == TORN && newest->found != GOOD) { /* no crash does that: it was synced before it got its name */
		*ret_error = xasprintf("%s is damaged: which commits were acknowledged is not known any more; compare the log's size with a receipt"
				       " or another copy, see docs/operating.md, and only then move %s away", synced->path, synced->path);
		return -1;
	}
	if (newest->found == TORN)
		fprintf(stderr, "lovebankd: %s is empty or torn, as a loss of power can leave it; %s\n", newest->path,
			synced->found == GOOD ? "its synced copy is used" : "which commits were acknowledged is not known any more");
	if (synced->found == TORN)
		fprintf(stderr, "lovebankd: %s is damaged; it is made anew\n", synced->path);
	if (newest->found != GOOD && synced->found != GOOD)
		return 0;
	chosen = newest->found == GOOD && (synced->found != GOOD || newest->size >= synced->size) ? newest : synced;
	kept->size = chosen->size;
	memcpy(kept->root, chosen->root, TREE_HASH);
	return 0;
}

/* -------------------------------------------------------------- the synced copy */

static void copy(struct pool_job *job)
{
	struct kept *kept = container_of(job, struct kept, job);

	kept->copy_errno = state_replace(kept->synced.path, kept->copying, true) == 0 ? 0 : errno;
}

static void later(struct kept *kept)
{
	const struct timeval wait = { .tv_sec = SYNC_AFTER_S };

	if (!evtimer_pending(kept->timer, NULL))
		evtimer_add(kept->timer, &wait);
}

static void on_copied(struct pool_job *job)
{
	struct kept *kept = container_of(job, struct kept, job);

	if (kept->copy_errno)
		fprintf(stderr, "lovebankd: the checkpoint cannot be kept in %s: %s\n", kept->synced.path, strerror(kept->copy_errno));
	free(kept->copying);
	kept->copying = NULL;
	if (kept->copied < kept->size)
		later(kept);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct kept *kept = arg;

	(void)fd;
	(void)what;
	if (kept->copying)
		return;
	kept->copying = xstrdup(kept->note);
	kept->copied = kept->size;
	kept->job = (struct pool_job){ .work = copy, .done = on_copied, .slow = true };
	pool_add(kept->pool, &kept->job);
}

/* -------------------------------------------------------------- */

struct kept *kept_new(struct event_base *base, struct pool *pool, const struct keys *keys, const char *state_dir, const char *origin,
		      char **ret_error)
{
	struct kept *kept = xcalloc(1, sizeof(*kept));

	kept->pool = pool;
	kept->keys = keys;
	kept->origin = origin;
	kept->newest.path = xasprintf("%s/checkpoint", state_dir);
	kept->synced.path = xasprintf("%s/checkpoint.synced", state_dir);
	kept->timer = evtimer_new(base, on_timer, kept);
	if (read_file(kept, &kept->newest, ret_error) == 0 && read_file(kept, &kept->synced, ret_error) == 0 && choose(kept, ret_error) == 0)
		return kept;
	return kept_free(kept);
}

struct kept *kept_free(struct kept *kept)
{
	if (!kept)
		return NULL;
	if (kept->note && (kept->copying || kept->copied < kept->size) && state_replace(kept->synced.path, kept->note, true) != 0)
		fprintf(stderr, "lovebankd: the checkpoint cannot be kept in %s: %s\n", kept->synced.path, strerror(errno));
	event_free(kept->timer);
	free(kept->newest.path);
	free(kept->synced.path);
	free(kept->copying);
	free(kept->note);
	free(kept);
	return NULL;
}

/* A checkpoint that cannot be kept is behind, never ahead: the database is still served. */
void kept_write(struct kept *kept, uint64_t size, const unsigned char root[TREE_HASH], const char *note)
{
	kept->size = size;
	memcpy(kept->root, root, TREE_HASH);
	free(kept->note);
	kept->note = xstrdup(note);
	if (state_rewrite(kept->newest.path, note) != 0)
		fprintf(stderr, "lovebankd: the checkpoint cannot be kept in %s: %s\n", kept->newest.path, strerror(errno));
	if (!kept->copying)
		later(kept);
}

void kept_ask(const struct kept *kept, struct db *db, db_result_fn *fn, void *arg)
{
	char size[24];

	snprintf(size, sizeof(size), "%" PRIu64, kept ? kept->size : 0);
	db_query(db, "root_at", &(struct db_value){ .bytes = size }, 1, fn, arg);
}

bool kept_is_there(const struct kept *kept, const struct db_result *root)
{
	unsigned char there[TREE_HASH];

	if (!kept || kept->size == 0)
		return true;
	return db_result_rows(root) == 1 && db_result_bytea(root, 0, 0, there, TREE_HASH) == TREE_HASH &&
	       memcmp(there, kept->root, TREE_HASH) == 0;
}
