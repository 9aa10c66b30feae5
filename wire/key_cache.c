#include "wire/key_cache.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#define COUNTERS 4096

struct slot {
	char kid[KID_LENGTH + 1]; /* empty: free */
	struct key_table *table; /* NULL: being made, or the library made none */
	uint64_t used; /* when it was asked for last, by the clock below */
};

static struct {
	pthread_mutex_t mutex; /* held for moments: never while a table is made or used */
	struct slot slots[KEY_CACHE_SIZE];
	uint64_t clock;
	uint16_t counts[COUNTERS];
} cache = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Keys may share a counter: then a table comes early, which costs a little and harms nothing. */
static uint16_t *counter(const char *kid)
{
	return &cache.counts[(kid[0] & 63) << 6 | (kid[1] & 63)];
}

static struct slot *find(const char *kid)
{
	for (struct slot *slot = cache.slots; slot < cache.slots + KEY_CACHE_SIZE; slot++)
		if (slot->kid[0] == kid[0] && strcmp(slot->kid, kid) == 0)
			return slot;
	return NULL;
}

/* A free slot, or else the one that was not used for longest. */
static struct slot *oldest(void)
{
	struct slot *oldest = cache.slots;

	for (struct slot *slot = cache.slots; slot < cache.slots + KEY_CACHE_SIZE; slot++)
		if (slot->used < oldest->used)
			oldest = slot;
	return oldest;
}

struct key_table *key_cache_find(const char *kid)
{
	struct key_table *table = NULL;
	struct slot *slot;

	pthread_mutex_lock(&cache.mutex);
	slot = find(kid);
	if (slot && slot->table) {
		slot->used = ++cache.clock;
		table = key_table_ref(slot->table);
	}
	pthread_mutex_unlock(&cache.mutex);
	return table;
}

/* True: the key has a slot now, and the caller is the one to fill it. Whoever else checks meanwhile does without. */
static bool claim(const char *kid)
{
	struct key_table *gone = NULL;
	struct slot *slot;
	bool often;

	pthread_mutex_lock(&cache.mutex);
	slot = oldest();
	often = !find(kid) && ++*counter(kid) >= (*slot->kid ? KEY_CACHE_OFTEN_FULL : KEY_CACHE_OFTEN);
	if (often) {
		*counter(kid) = 0;
		gone = slot->table;
		*slot = (struct slot){.used = ++cache.clock};
		memcpy(slot->kid, kid, KID_LENGTH);
	}
	pthread_mutex_unlock(&cache.mutex);
	key_table_free(gone);
	return often;
}

/* Takes table over. Its slot may have gone to another key meanwhile. */
static void fill(const char *kid, struct key_table *table)
{
	struct slot *slot;

	pthread_mutex_lock(&cache.mutex);
	slot = find(kid);
	if (slot && !slot->table) {
		slot->table = table;
		table = NULL;
	}
	pthread_mutex_unlock(&cache.mutex);
	key_table_free(table);
}

void key_cache_count(const char *kid, EVP_PKEY *pkey)
{
	if (claim(kid))
		fill(kid, key_table_new(pkey));
}
