/* Witnesses and their cosignatures; see witness.h. */
#include "daemon/witness.h"

#include "daemon/state.h"
#include "wire/base.h"
#include "wire/base64.h"
#include "wire/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GATHERED_MAX 32 /* checkpoints that wait for more cosignatures */
#define COSIGNATURE_ALGORITHM 0x04
#define DASH "\u2014 "

struct witness {
	char *name, *verifier;
	unsigned char id[NOTE_ID];
};

/* A checkpoint that got a cosignature. */
struct gathered {
	uint64_t size;
	char *note; /* with the log's own lines; NULL: only known from the file */
	struct cosigned cosigned;
};

struct witnesses {
	struct witness list[WITNESSES_MAX];
	size_t count;
	unsigned required;
	struct gathered gathered[GATHERED_MAX];
	size_t gathered_count;

	char *path, *note; /* the witnessed checkpoint, on the disk */
	uint64_t size;
	unsigned lines; /* of note */

	struct pool *pool;
	struct pool_job job;
	char *writing; /* what the job writes; NULL: it does not run */
	uint64_t writing_size;
	unsigned writing_lines;
	int write_errno;
};

/* -------------------------------------------------------------- the file of verifier keys */

/* "name+hash+base64" of a cosignature key, its hash right. 0 or -1. */
static int parse_verifier(const char *text, struct witness *ret)
{
	const char *hash = strchr(text, '+'), *encoded = hash ? strchr(hash + 1, '+') : NULL;
	unsigned char public[33], digest[SHA256_BYTES];
	_cleanup_free_ char *name = NULL, *line = NULL, *again = NULL;

	if (!encoded || hash == text || base64_decode(encoded + 1, strlen(encoded + 1), public, sizeof(public)) != sizeof(public) ||
	    public[0] != COSIGNATURE_ALGORITHM)
		return -1;
	name = xstrndup(text, (size_t)(hash - text));
	line = xasprintf("%s\n", name);
	sha256_pair(line, strlen(line), public, sizeof(public), digest);
	again = xasprintf("%s+%02x%02x%02x%02x+%s", name, digest[0], digest[1], digest[2], digest[3], encoded + 1);
	if (strcmp(again, text) != 0 || strpbrk(name, " \t"))
		return -1;
	memcpy(ret->id, digest, NOTE_ID);
	ret->name = xstrdup(name);
	ret->verifier = xstrdup(text);
	return 0;
}

static bool is_known(const struct witnesses *w, const char *verifier)
{
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->list[i].verifier, verifier) == 0)
			return true;
	return false;
}

static int take_line(struct witnesses *w, char *line, const char *path, unsigned number, char **ret_error)
{
	line[strcspn(line, "\r\n")] = '\0';
	if (!*line || *line == '#')
		return 0;
	if (w->count == WITNESSES_MAX)
		*ret_error = xasprintf("%s:%u: there may be %d witnesses at most", path, number, WITNESSES_MAX);
	else if (is_known(w, line))
		*ret_error = xasprintf("%s:%u: this witness is there twice", path, number);
	else if (parse_verifier(line, &w->list[w->count]) != 0)
		*ret_error = xasprintf("%s:%u: that is no verifier key of a witness: name+hash+key", path, number);
	else
		w->count++;
	return *ret_error ? -1 : 0;
}

static int read_list(struct witnesses *w, const char *path, char **ret_error)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	int status = file ? 0 : -1;

	*ret_error = file ? NULL : xasprintf("%s: %s", path, strerror(errno));
	for (unsigned number = 1; status == 0 && getline(&line, &room, file) >= 0; number++)
		status = take_line(w, line, path, number, ret_error);
	free(line);
	if (file)
		fclose(file);
	return status;
}

/* -------------------------------------------------------------- lines of a note */

/* The line of a witness, which note_verify_cosignature() has found good, so that there is just one. */
static void take_cosignature(const char *note, const struct witness *witness, unsigned char ret[NOTE_COSIGNATURE])
{
	_cleanup_free_ char *start = xasprintf("\n" DASH "%s ", witness->name);
	unsigned char bytes[NOTE_COSIGNATURE];

	for (const char *at = note; (at = strstr(at, start)); at++) {
		const char *encoded = at + strlen(start);

		if (base64_decode(encoded, strcspn(encoded, "\n"), bytes, sizeof(bytes)) == sizeof(bytes) && memcmp(bytes, witness->id, NOTE_ID) == 0) {
			memcpy(ret, bytes, sizeof(bytes));
			return;
		}
	}
	BUG("a good cosignature is not in its note");
}

unsigned witnesses_check(const struct witnesses *w, const char *note, struct cosigned *ret)
{
	unsigned count = 0;

	*ret = (struct cosigned){ .found = { false } };
	for (size_t i = 0; i < w->count; i++) {
		uint64_t time;

		if (note_verify_cosignature(w->list[i].verifier, note, &time) != 0)
			continue;
		ret->found[i] = true;
		take_cosignature(note, &w->list[i], ret->lines[i]);
		count++;
	}
	return count;
}

static unsigned count_lines(const struct witnesses *w, const struct gathered *g)
{
	unsigned count = 0;

	for (size_t i = 0; i < w->count; i++)
		count += g->cosigned.found[i];
	return count;
}

/* malloc'd; NULL when a note has no room for so much. */
static char *whole_note(const struct witnesses *w, const struct gathered *g)
{
	char text[NOTE_MAX];

	snprintf(text, sizeof(text), "%s", g->note);
	for (size_t i = 0; i < w->count; i++)
		if (g->cosigned.found[i] && note_add_line(text, w->list[i].name, g->cosigned.lines[i], NOTE_COSIGNATURE) != 0)
			return NULL;
	return xstrdup(text);
}

/* -------------------------------------------------------------- the witnessed checkpoint */

static void write_next(struct witnesses *w);

static void write_file(struct pool_job *job)
{
	struct witnesses *w = container_of(job, struct witnesses, job);

	w->write_errno = state_replace(w->path, w->writing, true) == 0 ? 0 : errno;
}

static void on_written(struct pool_job *job)
{
	struct witnesses *w = container_of(job, struct witnesses, job);
	char *text = w->writing;

	w->writing = NULL;
	if (w->write_errno) {
		fprintf(stderr, "lovebankd: the witnessed checkpoint cannot be kept in %s: %s\n", w->path, strerror(w->write_errno));
		free(text);
		return;
	}
	free(w->note);
	w->note = text;
	w->size = w->writing_size;
	w->lines = w->writing_lines;
	write_next(w);
}

/* Writes the newest checkpoint that has enough lines, when it has more to say than the one that is kept. */
static void write_next(struct witnesses *w)
{
	const struct gathered *best = NULL;

	for (size_t i = 0; i < w->gathered_count; i++) {
		const struct gathered *g = &w->gathered[i];

		if (g->note && count_lines(w, g) >= w->required && (!best || g->size > best->size))
			best = g;
	}
	if (w->writing || !best || best->size < w->size || (best->size == w->size && count_lines(w, best) <= w->lines))
		return;
	w->writing = whole_note(w, best);
	if (!w->writing)
		return;
	w->writing_size = best->size;
	w->writing_lines = count_lines(w, best);
	w->job = (struct pool_job){ .work = write_file, .done = on_written, .slow = true };
	pool_add(w->pool, &w->job);
}

/* NULL: it is older than everything here, and there is no room. */
static struct gathered *find_or_make(struct witnesses *w, uint64_t size)
{
	struct gathered *oldest = w->gathered;

	for (size_t i = 0; i < w->gathered_count; i++) {
		if (w->gathered[i].size == size)
			return &w->gathered[i];
		if (w->gathered[i].size < oldest->size)
			oldest = &w->gathered[i];
	}
	if (w->gathered_count < GATHERED_MAX)
		oldest = &w->gathered[w->gathered_count++];
	else if (oldest->size > size)
		return NULL;
	else
		free(oldest->note);
	*oldest = (struct gathered){ .size = size };
	return oldest;
}

unsigned witnesses_gather(struct witnesses *w, uint64_t size, const char *note, const struct cosigned *cosigned)
{
	struct gathered *g = size < w->size ? NULL : find_or_make(w, size);
	unsigned fresh = 0;

	if (!g)
		return 0;
	if (!g->note)
		g->note = xstrdup(note);
	for (size_t i = 0; i < w->count; i++) {
		if (!cosigned->found[i] || g->cosigned.found[i])
			continue;
		g->cosigned.found[i] = true;
		memcpy(g->cosigned.lines[i], cosigned->lines[i], NOTE_COSIGNATURE);
		fresh++;
	}
	write_next(w);
	return fresh;
}

/* What a daemon of before kept. What is not enough any more, or not whole, is not served, and replaced in time. */
static void read_kept(struct witnesses *w, const char *origin)
{
	char text[NOTE_MAX], name[NOTE_VERIFIER];
	unsigned char root[TREE_HASH];
	FILE *file = fopen(w->path, "re");
	size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	struct cosigned cosigned;
	uint64_t size;

	if (file)
		fclose(file);
	text[length] = '\0';
	if (strlen(text) != length || note_parse(text, name, &size, root) != 0 || strcmp(name, origin) != 0 ||
	    witnesses_check(w, text, &cosigned) < w->required)
		return;
	w->note = xstrdup(text);
	w->size = size;
	w->gathered[0] = (struct gathered){ .size = size, .cosigned = cosigned };
	w->gathered_count = 1;
	w->lines = count_lines(w, &w->gathered[0]);
}

struct witnesses *witnesses_new(const struct config *config, struct pool *pool, char **ret_error)
{
	struct witnesses *w = xcalloc(1, sizeof(*w));

	w->pool = pool;
	w->required = config->witnesses_required > 0 ? config->witnesses_required : 1;
	w->path = xasprintf("%s/witnessed", config->state_dir);
	if (!config->witnesses)
		return w;
	if (read_list(w, config->witnesses, ret_error) != 0)
		return witnesses_free(w);
	if (w->count < config->witnesses_required) {
		*ret_error = xasprintf("%s names %zu witnesses, and witnesses_required is %u", config->witnesses, w->count, config->witnesses_required);
		return witnesses_free(w);
	}
	read_kept(w, config->aud);
	return w;
}

struct witnesses *witnesses_free(struct witnesses *w)
{
	if (!w)
		return NULL;
	for (size_t i = 0; i < w->count; i++) {
		free(w->list[i].name);
		free(w->list[i].verifier);
	}
	for (size_t i = 0; i < w->gathered_count; i++)
		free(w->gathered[i].note);
	free(w->path);
	free(w->note);
	free(w->writing);
	free(w);
	return NULL;
}

const char *witnesses_note(const struct witnesses *w)
{
	return w->note;
}

uint64_t witnesses_size(const struct witnesses *w)
{
	return w->size;
}

size_t witnesses_count(const struct witnesses *w)
{
	return w->count;
}
