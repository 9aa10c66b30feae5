#include "audit/engine.h"

#include "audit/arena.h"
#include "wire/base.h"

#include <stdlib.h>

#define PARSED_AHEAD 2 /* windows that may be in parsing while an earlier one is replayed */
#define CHUNK 32       /* acts of a task */

struct window;

struct chunk {
	struct window *window;
	size_t first, count;
	struct arena arena; /* of what its acts parsed, until the window is released */
};

struct window {
	struct act acts[ENGINE_ACTS];
	size_t count, leaves;
	struct group group;
	struct chunk chunks[ENGINE_ACTS / CHUNK];
};

/* A ring: windows released .. replayed are at their signatures, replayed .. given in parsing, given is being filled. */
struct engine {
	struct replay *replay;
	struct pool *pool;
	engine_leaf_fn *fn;
	void *arg;
	struct window *windows; /* ENGINE_WINDOWS */
	size_t released, replayed, given;
};

struct engine *engine_new(struct replay *replay, struct pool *pool, engine_leaf_fn *fn, void *arg)
{
	struct engine *engine = xcalloc(1, sizeof(*engine));

	*engine = (struct engine){.replay = replay, .pool = pool, .fn = fn, .arg = arg};
	engine->windows = xcalloc(ENGINE_WINDOWS, sizeof(*engine->windows));
	return engine;
}

static struct window *window_at(struct engine *engine, size_t n)
{
	return &engine->windows[n % ENGINE_WINDOWS];
}

static void parse(void *arg)
{
	struct chunk *chunk = arg;

	arena_use(&chunk->arena);
	for (size_t i = 0; i < chunk->count; i++)
		act_parse(&chunk->window->acts[chunk->first + i]);
	arena_use(NULL);
}

/* What is good is cleared at once; a bad one is needed for its finding. */
static void verify(void *arg)
{
	struct chunk *chunk = arg;

	for (size_t i = 0; i < chunk->count; i++) {
		struct act *act = &chunk->window->acts[chunk->first + i];

		act_verify(act);
		if (!act->bad_signature)
			act_clear(act);
	}
}

static void give(struct engine *engine, struct window *window, pool_task_fn *fn)
{
	for (size_t first = 0; first < window->count; first += CHUNK) {
		struct chunk *chunk = &window->chunks[first / CHUNK];

		chunk->window = window;
		chunk->first = first;
		chunk->count = window->count - first < CHUNK ? window->count - first : CHUNK;
		pool_add(engine->pool, &window->group, fn, chunk);
	}
}

static void replay(struct engine *engine, struct window *window)
{
	pool_wait(engine->pool, &window->group);
	for (size_t i = 0; i < window->count; i++) {
		struct act *act = &window->acts[i];

		replay_act(engine->replay, act);
		for (size_t j = 0; j < act->leaf_count; j++)
			engine->fn(engine->arg, &act->leaves[j]);
	}
	give(engine, window, verify);
	engine->replayed++;
}

static void release(struct engine *engine, struct window *window)
{
	pool_wait(engine->pool, &window->group);
	for (size_t i = 0; i < window->count; i++) {
		struct act *act = &window->acts[i];

		if (act->bad_signature)
			replay_find(engine->replay, act, &act->leaves[0], "bad_signature", NULL, act->signer->kid, NULL);
		act_clear(act);
	}
	for (size_t i = 0; i < sizeof(window->chunks) / sizeof(window->chunks[0]); i++)
		arena_clear(&window->chunks[i].arena);
	window->count = window->leaves = 0;
	engine->released++;
}

/* Until at most so many windows are in parsing, and the next one to be filled is free. */
static void advance(struct engine *engine, size_t parsed_ahead)
{
	while (engine->given - engine->replayed > parsed_ahead)
		replay(engine, window_at(engine, engine->replayed));
	while (engine->given - engine->released >= ENGINE_WINDOWS)
		release(engine, window_at(engine, engine->released));
}

static void give_window(struct engine *engine)
{
	give(engine, window_at(engine, engine->given++), parse);
	advance(engine, PARSED_AHEAD);
}

void engine_add(struct engine *engine, const struct act *act)
{
	struct window *window = window_at(engine, engine->given);

	window->acts[window->count++] = *act;
	window->leaves += act->leaf_count;
	if (window->count == ENGINE_ACTS || window->leaves >= ENGINE_LEAVES)
		give_window(engine);
}

void engine_finish(struct engine *engine)
{
	give_window(engine);
	advance(engine, 0);
	while (engine->released < engine->given)
		release(engine, window_at(engine, engine->released));
}

struct engine *engine_free(struct engine *engine)
{
	if (!engine)
		return NULL;
	free(engine->windows);
	free(engine);
	return NULL;
}
