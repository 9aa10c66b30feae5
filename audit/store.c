/*
 * Open addressing with linear probing over 64-byte slots, which are one line of the processor's cache. The first slot is the
 * header. When it is 7/10 full all of it goes into a file of twice the size.
 */
#include "audit/store.h"

#include "wire/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_VERSION 1
#define SLOTS_FIRST 4096

struct slot {
	uint64_t key[STORE_KEY]; /* key[0] 0: free */
	int64_t value[STORE_VALUE];
};

struct header {
	char magic[8]; /* "lbaudit" */
	uint64_t version, slots, used;
	uint64_t spare[4];
};
_Static_assert(sizeof(struct slot) == 64 && sizeof(struct header) == 64, "the header takes a slot's place");

struct store {
	char *path; /* NULL: unlinked */
	int fd;
	struct header *header;
	struct slot *slots; /* after the header */
};

static size_t bytes_for(uint64_t slots)
{
	return (size_t)(slots + 1) * sizeof(struct slot);
}

/* Where the file of a store without a path is made: on a disk rather than in memory, if the system has such a place. */
static char *temporary_path(void)
{
	const char *folder = getenv("TMPDIR");

	return xasprintf("%s/lovebank-audit-XXXXXX", folder && *folder ? folder : access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp");
}

static int open_unlinked(void)
{
	_cleanup_free_ char *path = temporary_path();
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd >= 0)
		unlink(path);
	return fd;
}

static int map(struct store *store, int fd, uint64_t slots)
{
	void *memory = mmap(NULL, bytes_for(slots), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return -1;
	store->fd = fd;
	store->header = memory;
	store->slots = (struct slot *)memory + 1;
	return 0;
}

static void unmap(const struct store *store)
{
	munmap(store->header, bytes_for(store->header->slots));
	close(store->fd);
}

/* A new, empty file of so many slots, all of its space taken at once: a full disk is seen here, not in a page fault. */
static int map_new(struct store *store, int fd, uint64_t slots)
{
	int error = ftruncate(fd, 0) < 0 ? errno : posix_fallocate(fd, 0, (off_t)bytes_for(slots));

	if (error) {
		errno = error;
		return -1;
	}
	if (map(store, fd, slots) < 0)
		return -1;
	*store->header = (struct header){.magic = "lbaudit", .version = STORE_VERSION, .slots = slots};
	return 0;
}

/* Takes a file up; -1 if it is none of this version. */
static int map_old(struct store *store, int fd)
{
	struct header header;
	struct stat status;

	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) || fstat(fd, &status) < 0 ||
	    memcmp(header.magic, "lbaudit", sizeof(header.magic)) != 0 || header.version != STORE_VERSION || header.slots < SLOTS_FIRST ||
	    header.slots > INT64_MAX / 128 || (header.slots & (header.slots - 1)) || header.used >= header.slots ||
	    (uint64_t)status.st_size != bytes_for(header.slots))
		return -1;
	return map(store, fd, header.slots);
}

struct store *store_open(const char *path)
{
	struct store store = {.fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : open_unlinked()}, *opened;

	if (store.fd < 0)
		return NULL;
	if (map_old(&store, store.fd) < 0 && map_new(&store, store.fd, SLOTS_FIRST) < 0) {
		int error = errno;

		close(store.fd);
		errno = error;
		return NULL;
	}
	opened = xmalloc(sizeof(*opened));
	*opened = store;
	opened->path = path ? xstrdup(path) : NULL;
	return opened;
}

struct store *store_close(struct store *store)
{
	if (!store)
		return NULL;
	unmap(store);
	free(store->path);
	free(store);
	return NULL;
}

static uint64_t mix(uint64_t word)
{
	word = (word ^ word >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	return word ^ word >> 29;
}

/* The slot of a key, or the free one where it would stand. */
static struct slot *find(const struct store *store, const uint64_t key[STORE_KEY])
{
	uint64_t mask = store->header->slots - 1;
	uint64_t at = mix(mix(mix(key[0]) + key[1]) + key[2]) & mask;

	for (;; at = (at + 1) & mask) {
		struct slot *slot = &store->slots[at];

		if (!slot->key[0] || memcmp(slot->key, key, sizeof(slot->key)) == 0)
			return slot;
	}
}

static int new_file(const struct store *store, char **ret_path)
{
	*ret_path = NULL;
	if (!store->path)
		return open_unlinked();
	*ret_path = xasprintf("%s.grown", store->path);
	return open(*ret_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static void grow(struct store *store)
{
	struct store grown = {.path = store->path};
	_cleanup_free_ char *path = NULL;
	int fd = new_file(store, &path);

	if (fd < 0 || map_new(&grown, fd, 2 * store->header->slots) < 0) {
		fprintf(stderr, "the audit's store cannot grow: %s\n", strerror(errno));
		abort();
	}
	for (uint64_t i = 0; i < store->header->slots; i++)
		if (store->slots[i].key[0])
			*find(&grown, store->slots[i].key) = store->slots[i];
	grown.header->used = store->header->used;
	if (path && rename(path, store->path) < 0) {
		fprintf(stderr, "the audit's store cannot be replaced: %s\n", strerror(errno));
		abort();
	}
	unmap(store);
	*store = grown;
}

int64_t *store_get(struct store *store, const uint64_t key[STORE_KEY])
{
	struct slot *slot = find(store, key);

	return slot->key[0] ? slot->value : NULL;
}

int64_t *store_put(struct store *store, const uint64_t key[STORE_KEY], bool *ret_new)
{
	struct slot *slot = find(store, key);
	bool is_new = !slot->key[0];

	if (!key[0])
		BUG("a key of no kind");
	if (is_new && store->header->used >= store->header->slots / 10 * 7) {
		grow(store);
		slot = find(store, key);
	}
	if (is_new) {
		memcpy(slot->key, key, sizeof(slot->key));
		store->header->used++;
	}
	if (ret_new)
		*ret_new = is_new;
	return slot->value;
}

void store_each(struct store *store, enum store_kind kind, store_each_fn *fn, void *arg)
{
	for (uint64_t i = 0; i < store->header->slots; i++)
		if (store->slots[i].key[0] >> 56 == (uint64_t)kind)
			fn(arg, store->slots[i].key, store->slots[i].value);
}

size_t store_count(const struct store *store)
{
	return (size_t)store->header->used;
}
