/*
 * A small pool of threads for signatures: work runs on a thread, done runs on the loop's thread afterwards, in no
 * particular order. Jobs travel in lists: those of one turn of the loop are handed over together, a thread takes a share of what
 * waits, and jobs finished together are delivered in one wake-up. A few that are not slow the loop does itself at the end of its turn.
 */
#ifndef DAEMON_POOL_H
#define DAEMON_POOL_H

#include <event2/event.h>
#include <stdbool.h>

struct pool;

struct pool_job {
	void (*work)(struct pool_job *); /* on some thread; touches only the job's own memory */
	void (*done)(struct pool_job *); /* on the loop */
	bool slow;                       /* may take milliseconds: never on the loop, shares a thread's turn with no other job */
	bool awaited;                    /* nothing else holds its result up: before the others of its turn */
	struct pool_job *next;           /* the pool's */
};

struct pool *pool_new(struct event_base *base, unsigned threads);
void pool_add(struct pool *pool, struct pool_job *job); /* from the loop's thread; the job lives until done */
struct pool *pool_free(struct pool *pool);              /* waits for running work; done is not called for the rest */

#endif
