#include "wire/key_cache.h"

#include "wire/base.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define COUNTERS 4096
#define NICE 10 /* of the thread that makes a table: nobody waits for it */

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
	bool making, known; /* a table is being made: one at a time; the process waits for that before it ends */
	pthread_cond_t made;
} cache = {.mutex = PTHREAD_MUTEX_INITIALIZER, .made = PTHREAD_COND_INITIALIZER};

/* What the thread that makes a table works on. */
struct making {
	char kid[KID_LENGTH + 1];
	EVP_PKEY *pkey;
};

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

/* True: the key has a slot now, and the caller has it filled. Whoever else checks meanwhile does without. */
static bool claim(const char *kid)
{
	struct key_table *gone = NULL;
	uint16_t *count = counter(kid);
	struct slot *slot;
	bool often;

	pthread_mutex_lock(&cache.mutex);
	slot = oldest();
	often = !find(kid);
	if (often && *count < UINT16_MAX)
		++*count;
	often = often && !cache.making && *count >= (*slot->kid ? KEY_CACHE_OFTEN_FULL : KEY_CACHE_OFTEN);
	if (often) {
		*count = 0;
		gone = slot->table;
		*slot = (struct slot){.used = ++cache.clock};
		memcpy(slot->kid, kid, KID_LENGTH);
		cache.making = true;
		if (!cache.known)
			atexit(key_cache_wait);
		cache.known = true;
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

static void *make(void *arg)
{
	struct making *making = arg;

	setpriority(PRIO_PROCESS, 0, NICE); /* on Linux of this thread alone */
	fill(making->kid, key_table_new(making->pkey));
	EVP_PKEY_free(making->pkey);
	free(making);
	pthread_mutex_lock(&cache.mutex);
	cache.making = false;
	pthread_cond_broadcast(&cache.made);
	pthread_mutex_unlock(&cache.mutex);
	return NULL;
}

void key_cache_count(const char *kid, EVP_PKEY *pkey)
{
	struct making *making;
	pthread_t thread;

	if (!claim(kid))
		return;
	making = xcalloc(1, sizeof(*making));
	memcpy(making->kid, kid, KID_LENGTH);
	making->pkey = EVP_PKEY_dup(pkey); /* the thread's own: whoever has the key may free it meanwhile */
	if (!making->pkey)
		BUG("OpenSSL failed to copy a public key");
	if (pthread_create(&thread, NULL, make, making) == 0)
		pthread_detach(thread);
	else
		make(making);
}

void key_cache_wait(void)
{
	pthread_mutex_lock(&cache.mutex);
	while (cache.making)
		pthread_cond_wait(&cache.made, &cache.mutex);
	pthread_mutex_unlock(&cache.mutex);
}
