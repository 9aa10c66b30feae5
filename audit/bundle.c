#include "audit/bundle.h"

#include "audit/canonical.h"
#include "audit/act.h"
#include "wire/base.h"
#include "wire/base64url.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_FILE_MAX (1 << 20)

static int map_open(int fd, struct mapped *ret)
{
	struct stat status;
	void *bytes;

	if (fstat(fd, &status) < 0)
		return -1;
	if (!S_ISREG(status.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	*ret = (struct mapped){.bytes = "", .length = (size_t)status.st_size};
	if (!ret->length)
		return 0;
	bytes = mmap(NULL, ret->length, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -1;
	madvise(bytes, ret->length, MADV_SEQUENTIAL);
	ret->bytes = bytes;
	return 0;
}

int map_file(const char *folder, const char *name, struct mapped *ret)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", folder, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), result;

	*ret = (struct mapped){0};
	if (fd < 0)
		return -1;
	result = map_open(fd, ret);
	if (result < 0)
		*ret = (struct mapped){0};
	close(fd);
	return result;
}

void map_release(struct mapped *mapped)
{
	if (mapped->length)
		munmap((void *)(uintptr_t)mapped->bytes, mapped->length);
	*mapped = (struct mapped){0};
}

char *read_text(const char *folder, const char *name)
{
	struct mapped mapped;
	char *text = NULL;

	if (map_file(folder, name, &mapped) == 0 && mapped.length <= TEXT_FILE_MAX)
		text = xstrndup(mapped.bytes, mapped.length);
	map_release(&mapped);
	return text;
}

static void find(struct findings *findings, const char *code, const char *file, const char *field, const char *expected, const char *found)
{
	struct place place = PLACE_NONE;

	place.table = file;
	place.field = field;
	findings_add(findings, code, &place, expected, found);
}

static bool open_large(struct bundle *bundle, const char *name, struct mapped *mapped, struct findings *findings)
{
	if (map_file(bundle->folder, name, mapped) == 0)
		return true;
	find(findings, "file_missing", name, NULL, NULL, strerror(errno));
	return false;
}

static bool open_checkpoint(struct bundle *bundle, struct findings *findings)
{
	bundle->checkpoint = read_text(bundle->folder, "checkpoint");
	if (!bundle->checkpoint)
		find(findings, "file_missing", "checkpoint", NULL, NULL, NULL);
	else if (note_parse(bundle->checkpoint, bundle->origin, &bundle->size, bundle->root) == 0)
		return true;
	else
		find(findings, "checkpoint_wrong", "checkpoint", NULL, NULL, NULL);
	return false;
}

static void open_previous(struct bundle *bundle, struct findings *findings)
{
	char origin[NOTE_VERIFIER];

	bundle->previous = read_text(bundle->folder, "previous-checkpoint");
	if (!bundle->previous ||
	    (note_parse(bundle->previous, origin, &bundle->previous_size, bundle->previous_root) == 0 && strcmp(origin, bundle->origin) == 0))
		return;
	find(findings, "checkpoint_wrong", "previous-checkpoint", NULL, NULL, NULL);
	free(bundle->previous);
	bundle->previous = NULL;
	bundle->previous_size = 0;
}

static bool open_manifest(struct bundle *bundle, struct findings *findings)
{
	_cleanup_free_ char *text = read_text(bundle->folder, "manifest.json");
	size_t length = text ? strlen(text) : 0;
	const char *fault = "it does not end with a line feed";
	const char *format;

	if (!text) {
		find(findings, "file_missing", "manifest.json", NULL, NULL, NULL);
		return false;
	}
	if (length && text[length - 1] == '\n')
		bundle->manifest = canonical_read(text, length - 1, &fault, NULL);
	format = row_text(bundle->manifest, "format");
	if (!bundle->manifest)
		find(findings, "manifest_differs", "manifest.json", NULL, NULL, fault);
	else if (!format || strcmp(format, "lovebank-bundle/1") != 0)
		find(findings, "manifest_differs", "manifest.json", "format", "lovebank-bundle/1", format);
	return bundle->manifest != NULL;
}

int bundle_open(struct bundle *bundle, const char *folder, struct findings *findings)
{
	bool good;

	*bundle = (struct bundle){.folder = folder};
	good = open_manifest(bundle, findings);
	good &= open_checkpoint(bundle, findings);
	good &= open_large(bundle, "leaves.tsv", &bundle->leaves, findings);
	good &= open_large(bundle, "requests.tsv", &bundle->requests, findings);
	if (!good)
		return -1;
	open_previous(bundle, findings);
	bundle->partial = row_text(bundle->manifest, "fund") || row_text(bundle->manifest, "node");
	return 0;
}

void bundle_release(struct bundle *bundle)
{
	json_decref(bundle->manifest);
	free(bundle->checkpoint);
	free(bundle->previous);
	map_release(&bundle->leaves);
	map_release(&bundle->requests);
	*bundle = (struct bundle){0};
}

static void check_number(const struct bundle *bundle, struct findings *findings, const json_t *object, const char *field, int64_t expected)
{
	struct place place = PLACE_NONE;

	(void)bundle;
	place.table = "manifest.json";
	place.field = field;
	if (row_number(object, field, -1) != expected)
		findings_add_number(findings, "manifest_differs", &place, expected, row_number(object, field, -1));
}

static void check_head(const struct bundle *bundle, struct findings *findings, const char *member, uint64_t size, const unsigned char *root)
{
	const json_t *head = json_object_get(bundle->manifest, member);
	char text[BASE64URL_LENGTH(TREE_HASH) + 1];
	const char *found = row_text(head, "root");

	check_number(bundle, findings, head, "size", (int64_t)size);
	base64url_encode(root, TREE_HASH, text);
	if (!found || strcmp(found, text) != 0)
		find(findings, "manifest_differs", "manifest.json", "root", text, found);
}

void bundle_check_manifest(const struct bundle *bundle, int64_t withheld, struct findings *findings)
{
	const char *aud = row_text(bundle->manifest, "aud");
	bool says_previous = json_is_object(json_object_get(bundle->manifest, "previous"));

	if (!aud || strcmp(aud, bundle->origin) != 0)
		find(findings, "manifest_differs", "manifest.json", "aud", bundle->origin, aud);
	check_head(bundle, findings, "log", bundle->size, bundle->root);
	if (bundle->previous && says_previous)
		check_head(bundle, findings, "previous", bundle->previous_size, bundle->previous_root);
	else if (says_previous != (bundle->previous != NULL))
		find(findings, "manifest_differs", "manifest.json", "previous", NULL, NULL);
	check_number(bundle, findings, bundle->manifest, "leaves", bundle->leaf_count);
	check_number(bundle, findings, bundle->manifest, "requests", bundle->request_count);
	check_number(bundle, findings, bundle->manifest, "withheld", withheld);
}

const unsigned char *bundle_read_tile(void *arg, unsigned level, uint64_t index, unsigned width)
{
	struct bundle *bundle = arg;
	char path[PROOF_PATH_MAX];
	struct mapped mapped;
	bool good;

	proof_tile_path(level, index, width, path);
	if (map_file(bundle->folder, path, &mapped) < 0)
		return NULL;
	good = mapped.length == (size_t)width * TREE_HASH;
	if (good)
		memcpy(bundle->tile, mapped.bytes, mapped.length);
	map_release(&mapped);
	return good ? bundle->tile[0] : NULL;
}
