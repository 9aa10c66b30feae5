#include "client/witness_state.h"

#include "client/exit.h"
#include "client/file.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define DASH "— "

static int fail(const char *path)
{
	say_error("%s: %s", path, strerror(errno));
	return EXIT_LOCAL;
}

static int take_lock(struct witness_state *state)
{
	_cleanup_free_ char *path = xasprintf("%s.lock", state->path);

	state->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (state->lock < 0)
		return fail(path);
	if (flock(state->lock, LOCK_EX | LOCK_NB) == 0)
		return EXIT_OK;
	if (errno == EWOULDBLOCK)
		say_error(_("another witness uses %s"), state->path);
	else
		fail(path);
	return EXIT_LOCAL;
}

static int read_state(struct witness_state *state)
{
	struct log_checkpoint *last = &state->last;
	char origin[NOTE_VERIFIER];
	_cleanup_free_ char *note = NULL;
	size_t length;
	uint64_t time;

	note = file_read(state->path, NOTE_MAX - 1, &length);
	if (!note)
		return errno == ENOENT ? EXIT_OK : fail(state->path);
	if (strlen(note) != length || note_parse(note, origin, &last->point.size, last->point.root) < 0 ||
	    note_verify_cosignature(state->verifier, note, &time) < 0) {
		say_error(_("%s is not a checkpoint that this key cosigned; find out what happened to it before it witnesses again"), state->path);
		return EXIT_LOCAL;
	}
	memcpy(last->note, note, length + 1);
	state->seen = true;
	return EXIT_OK;
}

/* The key, its verifier key, whether it is one. */
static int read_key(struct witness_state *state, const char *path)
{
	state->key = key_read(path);
	if (!state->key || EVP_PKEY_get_base_id(state->key->pkey) != EVP_PKEY_ED25519) {
		say_error(_("%s is no Ed25519 key. 'lovebank witness key' makes one."), path);
		return EXIT_LOCAL;
	}
	note_witness_verifier(state->key, state->name, state->verifier);
	return EXIT_OK;
}

int witness_state_open(struct witness_state *state, const char *path, const char *key_path, const char *name)
{
	int code;

	*state = (struct witness_state){.path = path, .name = name, .lock = -1};
	code = read_key(state, key_path);
	if (code == EXIT_OK)
		code = take_lock(state);
	return code == EXIT_OK ? read_state(state) : code;
}

void witness_state_close(struct witness_state *state)
{
	if (state->lock >= 0)
		close(state->lock);
	key_free(state->key);
	state->key = NULL;
}

/* The note with the log's own lines alone; other witnesses' are theirs to keep. */
static void own_lines(const char *note, const char *origin, char text[NOTE_MAX])
{
	_cleanup_free_ char *start = xasprintf(DASH "%s ", origin);
	const char *line = strstr(note, "\n\n") + 2, *end;
	char *at = mempcpy(text, note, (size_t)(line - note));

	for (; (end = strchr(line, '\n')); line = end + 1)
		if (strncmp(line, start, strlen(start)) == 0)
			at = mempcpy(at, line, (size_t)(end + 1 - line));
	*at = '\0';
}

int witness_state_cosign(struct witness_state *state, const struct log_checkpoint *good, const char *origin)
{
	struct log_checkpoint next = {.point = good->point};
	unsigned char line[NOTE_COSIGNATURE];

	if (state->seen && (good->point.size < state->last.point.size ||
			    (good->point.size == state->last.point.size && memcmp(good->point.root, state->last.point.root, TREE_HASH) != 0)))
		BUG("a witness that would cosign against what it has cosigned");
	own_lines(good->note, origin, next.note);
	note_cosign(state->key, state->name, next.note, (uint64_t)(clock_now() / 1000000), line);
	if (note_add_line(next.note, state->name, line, sizeof(line)) < 0) {
		say_error(_("the checkpoint has no room for another signature"));
		return EXIT_LOCAL;
	}
	if (file_write(state->path, next.note, strlen(next.note), 0644) < 0)
		return fail(state->path);
	state->last = next;
	state->seen = true;
	return EXIT_OK;
}

static void keep(const char *path, const char *note)
{
	if (file_write(path, note, strlen(note), 0644) == 0)
		say_note("  %s", path);
	else
		fail(path);
}

void witness_state_evidence(const struct witness_state *state, const struct log_checkpoint *other)
{
	_cleanup_free_ char *own = xasprintf("%s.seen-%" PRIu64, state->path, state->last.point.size);
	_cleanup_free_ char *shown = xasprintf("%s.shown-%" PRIu64, state->path, other->point.size);

	say_note(_("Both checkpoints are kept. They prove it to anybody:"));
	keep(own, state->last.note);
	keep(shown, other->note);
}
