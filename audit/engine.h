/*
 * The acts of a log on their way through parsing (workers), replay (this thread, in order) and the check of signatures
 * (workers), in windows: while the signatures of one are checked the next is replayed and the one after it is parsed.
 * At most ENGINE_WINDOWS windows are held at a time.
 */
#ifndef AUDIT_ENGINE_H
#define AUDIT_ENGINE_H

#include "audit/pool.h"
#include "audit/replay.h"

#define ENGINE_WINDOWS 6
#define ENGINE_ACTS 256    /* of a window at most */
#define ENGINE_LEAVES 512  /* of a window, after which no further act is added */

/* Called after each leaf was replayed, in log order. */
typedef void engine_leaf_fn(void *arg, const struct leaf *leaf);

struct engine;

struct engine *engine_new(struct replay *replay, struct pool *pool, engine_leaf_fn *fn, void *arg);

/* Takes the next act over: its leaves (at least one), their bytes, compact and result as its source knows them. */
void engine_add(struct engine *engine, const struct act *act);

/* Ends all that is under way. */
void engine_finish(struct engine *engine);
struct engine *engine_free(struct engine *engine); /* after engine_finish(); accepts NULL, returns NULL */

#endif
