#include "audit/arena.h"

#include "wire/base.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define REGION ((size_t)1 << 36) /* of addresses, not of memory */
#define BLOCK ((size_t)2 << 20)   /* more than a signed request is long; only the part that is used takes memory */
#define ALIGNMENT 16

struct block {
	_Alignas(ALIGNMENT) struct block *next;
};

static struct {
	pthread_mutex_t lock;
	char *start; /* NULL: nothing is reserved */
	size_t taken;
	struct block *spare;
} region = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local struct arena *current;

static bool is_of_arena(const void *memory)
{
	return region.start && (uintptr_t)memory - (uintptr_t)region.start < REGION;
}

static struct block *take_block(void)
{
	struct block *block;

	pthread_mutex_lock(&region.lock);
	block = region.spare;
	if (block) {
		region.spare = block->next;
	} else {
		if (region.taken + BLOCK > REGION)
			BUG("all blocks are taken");
		block = (struct block *)(void *)(region.start + region.taken);
		region.taken += BLOCK;
	}
	pthread_mutex_unlock(&region.lock);
	return block;
}

static void *take_from(struct arena *arena, size_t size)
{
	char *memory;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size > BLOCK - sizeof(struct block))
		BUG("a value larger than any request");
	if (!arena->blocks || arena->used + size > BLOCK) {
		struct block *block = take_block();

		block->next = arena->blocks;
		arena->blocks = block;
		arena->used = sizeof(*block);
	}
	memory = (char *)arena->blocks + arena->used;
	arena->used += size;
	return memory;
}

void *arena_take(size_t size)
{
	return current ? take_from(current, size) : xmalloc(size);
}

void arena_give(void *memory)
{
	if (!is_of_arena(memory))
		free(memory);
}

void arena_init(void)
{
	void *start = mmap(NULL, REGION, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED)
		return;
	region.start = start;
	json_set_alloc_funcs(arena_take, arena_give);
}

struct arena *arena_use(struct arena *arena)
{
	struct arena *before = current;

	current = region.start ? arena : NULL;
	return before;
}

void arena_clear(struct arena *arena)
{
	struct block *last = arena->blocks;

	if (!last)
		return;
	pthread_mutex_lock(&region.lock);
	while (last->next)
		last = last->next;
	last->next = region.spare;
	region.spare = arena->blocks;
	pthread_mutex_unlock(&region.lock);
	*arena = (struct arena){0};
}

void arena_decref(json_t *value)
{
	if (!is_of_arena(value))
		json_decref(value);
}
