/*
 * Memory for what is parsed, JSON most of all, looked at once and let go together: what a task parses lies in blocks that are taken back
 * whole, without a walk over its values. Half of what an entry cost beside its signature was such walks and their locks.
 *
 * All blocks lie in one reserved part of the address space, so that a pointer says whether it is of an arena; where none can
 * be reserved, arenas are not used and everything is malloc's. Values of an arena are never owned by anything that lives
 * longer: whoever keeps one takes a json_deep_copy().
 */
#ifndef AUDIT_ARENA_H
#define AUDIT_ARENA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct block;

/* Starts as zeros. One thread at a time. */
struct arena {
	struct block *blocks;
	size_t used; /* bytes of the first block */
};

/* Makes arenas known to jansson: once, after base_init() and before the first JSON value. Without it arenas are not used. */
void arena_init(void);

/* Whose memory this thread's JSON values come from; NULL: malloc's. Returns whose it was. Texts that jansson writes must not
 * be made meanwhile: they are freed by free(). */
struct arena *arena_use(struct arena *arena);

/* Memory as that of this thread's JSON values, and what lets it go: of an arena it stays until arena_clear(). */
void *arena_take(size_t size);
void arena_give(void *memory);

/* Takes everything of an arena back. */
void arena_clear(struct arena *arena);

/* Lets a value go: one of an arena stays until arena_clear(). NULL is accepted. */
void arena_decref(json_t *value);

#endif
