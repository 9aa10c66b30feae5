/* SHA256SUMS of a bundle: the list is sorted, so that a file is looked up in the mapped text. */
#include "audit/bundle.h"
#include "wire/base.h"
#include "wire/sha256.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SUMS "SHA256SUMS"
#define DIGITS (2 * SHA256_BYTES)
#define BATCH 64

/* A listed line: digits, two blanks, name. */
struct listed {
	const char *digits, *name;
	size_t name_length;
};

struct sum {
	char *name;
	const char *folder;
	struct listed listed;
	char found[DIGITS + 1];
	bool read;
};

struct walk {
	const struct bundle *bundle;
	struct pool *pool;
	struct findings *findings;
	struct mapped list;
	size_t found; /* files that are listed */
	struct group group;
	struct sum batch[BATCH];
	size_t count;
};

static void find(struct findings *findings, const char *code, const char *file, const char *expected, const char *found)
{
	struct place place = PLACE_NONE;

	place.table = file;
	findings_add(findings, code, &place, expected, found);
}

/* The line that begins at a place of the list; false if it is none. */
static bool line_at(const struct mapped *list, size_t at, struct listed *ret)
{
	const char *end = memchr(list->bytes + at, '\n', list->length - at);
	size_t length = end ? (size_t)(end - list->bytes) - at : 0;

	if (length < DIGITS + 3 || memcmp(list->bytes + at + DIGITS, "  ", 2) != 0)
		return false;
	*ret = (struct listed){.digits = list->bytes + at, .name = list->bytes + at + DIGITS + 2, .name_length = length - DIGITS - 2};
	return true;
}

static int compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order ? order : (a_length > b_length) - (a_length < b_length);
}

/* Half by half, from the line in which the middle lies. */
static bool look_up(const struct mapped *list, const char *name, struct listed *ret)
{
	size_t low = 0, high = list->length;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		int order;

		while (at > low && list->bytes[at - 1] != '\n')
			at--;
		if (!line_at(list, at, ret))
			return false;
		order = compare(name, strlen(name), ret->name, ret->name_length);
		if (!order)
			return true;
		if (order < 0)
			high = at;
		else
			low = at + DIGITS + 2 + ret->name_length + 1;
	}
	return false;
}

static void hash_file(void *arg)
{
	static const char hex[] = "0123456789abcdef";
	struct sum *sum = arg;
	unsigned char hash[SHA256_BYTES];
	struct mapped mapped;

	sum->read = map_file(sum->folder, sum->name, &mapped) == 0;
	if (!sum->read)
		return;
	sha256(mapped.bytes, mapped.length, hash);
	map_release(&mapped);
	for (size_t i = 0; i < sizeof(hash); i++) {
		sum->found[2 * i] = hex[hash[i] >> 4];
		sum->found[2 * i + 1] = hex[hash[i] & 15];
	}
	sum->found[DIGITS] = '\0';
}

static void gather(struct walk *walk)
{
	pool_wait(walk->pool, &walk->group);
	for (size_t i = 0; i < walk->count; i++) {
		struct sum *sum = &walk->batch[i];
		_cleanup_free_ char *expected = xstrndup(sum->listed.digits, DIGITS);

		if (!sum->read)
			find(walk->findings, "file_missing", sum->name, NULL, NULL);
		else if (strcmp(expected, sum->found) != 0)
			find(walk->findings, "file_sum", sum->name, expected, sum->found);
		free(sum->name);
	}
	walk->count = 0;
}

static void take_file(struct walk *walk, const char *name)
{
	struct sum sum = {.folder = walk->bundle->folder};

	if (strcmp(name, SUMS) == 0)
		return;
	if (!look_up(&walk->list, name, &sum.listed)) {
		find(walk->findings, "file_extra", name, NULL, NULL);
		return;
	}
	walk->found++;
	sum.name = xstrdup(name);
	walk->batch[walk->count] = sum;
	pool_add(walk->pool, &walk->group, hash_file, &walk->batch[walk->count]);
	if (++walk->count == BATCH)
		gather(walk);
}

static void walk_folder(struct walk *walk, const char *inside)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", walk->bundle->folder, inside);
	DIR *folder = opendir(path);
	const struct dirent *item;

	while (folder && (item = readdir(folder))) {
		_cleanup_free_ char *name = NULL, *full = NULL;
		struct stat status;

		if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
			continue;
		name = *inside ? xasprintf("%s/%s", inside, item->d_name) : xstrdup(item->d_name);
		full = xasprintf("%s/%s", walk->bundle->folder, name);
		if (lstat(full, &status) == 0 && S_ISDIR(status.st_mode))
			walk_folder(walk, name);
		else if (S_ISREG(status.st_mode))
			take_file(walk, name);
		else
			find(walk->findings, "file_extra", name, NULL, NULL);
	}
	if (folder)
		closedir(folder);
}

/* Goes through the list: it is well formed and sorted; with name the files that are missing are found. The count. */
static size_t check_list(const struct walk *walk, bool missing)
{
	struct listed last = {0}, listed;
	size_t count = 0;

	for (size_t at = 0; at < walk->list.length; at += DIGITS + 2 + listed.name_length + 1, count++) {
		_cleanup_free_ char *name = NULL, *path = NULL;
		struct stat status;

		if (!line_at(&walk->list, at, &listed) ||
		    (last.name && compare(last.name, last.name_length, listed.name, listed.name_length) >= 0)) {
			if (missing)
				find(walk->findings, "manifest_differs", SUMS, "lines as sha256sum writes them, sorted by name", NULL);
			return count;
		}
		last = listed;
		if (!missing)
			continue;
		name = xstrndup(listed.name, listed.name_length);
		path = xasprintf("%s/%s", walk->bundle->folder, name);
		if (lstat(path, &status) < 0)
			find(walk->findings, "file_missing", name, NULL, NULL);
	}
	return count;
}

void bundle_check_sums(const struct bundle *bundle, struct pool *pool, struct findings *findings)
{
	struct walk *walk = xcalloc(1, sizeof(*walk));

	*walk = (struct walk){.bundle = bundle, .pool = pool, .findings = findings};
	if (map_file(bundle->folder, SUMS, &walk->list) < 0) {
		find(findings, "file_missing", SUMS, NULL, NULL);
	} else {
		walk_folder(walk, "");
		gather(walk);
		if (check_list(walk, false) != walk->found)
			check_list(walk, true);
	}
	map_release(&walk->list);
	free(walk);
}
