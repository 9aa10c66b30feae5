/*
 * Worker threads, and tasks in the order in which they were given. Tasks belong to groups; who waits for a group works on the
 * queue meanwhile, so that one thread less than there are processors is enough, and none at all works too.
 */
#ifndef AUDIT_POOL_H
#define AUDIT_POOL_H

#include <stddef.h>

struct pool;

struct group {
	size_t left; /* tasks not done yet; the pool's lock guards it */
};

typedef void pool_task_fn(void *arg);

struct pool *pool_new(unsigned threads); /* beside the caller's own; 0 is fine */
struct pool *pool_free(struct pool *pool); /* all groups were waited for; accepts NULL, returns NULL */

void pool_add(struct pool *pool, struct group *group, pool_task_fn *fn, void *arg);
void pool_wait(struct pool *pool, struct group *group);

#endif
