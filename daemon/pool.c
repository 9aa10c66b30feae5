#include "daemon/pool.h"

#include "wire/base.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FEW 32      /* light jobs of a turn that the loop does itself: handing over and back costs two wake-ups */
#define SHARE_MAX 8 /* jobs that a thread takes at once: what it has done waits for the rest of its share */

struct queue {
	struct pool_job *first, **end;
	unsigned count;
};

struct pool {
	pthread_mutex_t mutex; /* guards waiting, finished, idle and stopping */
	pthread_cond_t more;
	struct queue waiting, finished;
	unsigned idle; /* threads that sleep */
	bool stopping;
	struct queue added, added_slow; /* since the loop's turn began; the loop's alone */
	struct event *hand_over;  /* at the end of the turn */
	int wake_fd;
	struct event *wake;
	unsigned count;
	pthread_t threads[];
};

static void queue_clear(struct queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
	queue->count = 0;
}

static void queue_add(struct queue *queue, struct pool_job *job)
{
	job->next = NULL;
	*queue->end = job;
	queue->end = &job->next;
	queue->count++;
}

static void queue_add_first(struct queue *queue, struct pool_job *job)
{
	job->next = queue->first;
	if (queue->first == NULL)
		queue->end = &job->next;
	queue->first = job;
	queue->count++;
}

static struct pool_job *queue_take(struct queue *queue)
{
	struct pool_job *job = queue->first;

	queue->first = job->next;
	if (queue->first == NULL)
		queue->end = &queue->first;
	queue->count--;
	return job;
}

/* Everything of more comes behind what is in queue, and more is empty. */
static void queue_join(struct queue *queue, struct queue *more)
{
	if (more->first == NULL)
		return;
	*queue->end = more->first;
	queue->end = more->end;
	queue->count += more->count;
	queue_clear(more);
}

/* Half of a thread's part of what waits: fewer locks and wake-ups than one by one, and all threads end together. Empty: the pool
 * stops. */
static struct queue pool_take(struct pool *pool)
{
	struct queue share;
	unsigned count;

	queue_clear(&share);
	pthread_mutex_lock(&pool->mutex);
	while (pool->waiting.first == NULL && !pool->stopping) {
		pool->idle++;
		pthread_cond_wait(&pool->more, &pool->mutex);
		pool->idle--;
	}
	count = pool->stopping ? 0 : (pool->waiting.count + 2 * pool->count - 1) / (2 * pool->count);
	while (share.count < count && share.count < SHARE_MAX &&
	       (share.count == 0 || (!share.first->slow && !pool->waiting.first->slow)))
		queue_add(&share, queue_take(&pool->waiting));
	pthread_mutex_unlock(&pool->mutex);
	return share;
}

/* Only the first of a batch wakes the loop: the loop takes all that are finished by then. */
static void pool_finish(struct pool *pool, struct queue *share)
{
	const uint64_t one = 1;
	bool first;

	pthread_mutex_lock(&pool->mutex);
	first = pool->finished.first == NULL;
	queue_join(&pool->finished, share);
	pthread_mutex_unlock(&pool->mutex);
	if (first && write(pool->wake_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		BUG("the pool's eventfd cannot be written");
}

static void *pool_thread(void *arg)
{
	struct pool *pool = arg;
	struct queue share;

	for (share = pool_take(pool); share.first != NULL; share = pool_take(pool)) {
		for (struct pool_job *job = share.first; job != NULL; job = job->next)
			job->work(job);
		pool_finish(pool, &share);
	}
	return NULL;
}

static void pool_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct pool *pool = arg;
	struct pool_job *job, *next;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return;
	pthread_mutex_lock(&pool->mutex);
	job = pool->finished.first;
	queue_clear(&pool->finished);
	pthread_mutex_unlock(&pool->mutex);
	for (; job != NULL; job = next) {
		next = job->next;
		job->done(job);
	}
}

static void pool_do_here(struct pool *pool)
{
	struct pool_job *job = pool->added.first, *next;

	queue_clear(&pool->added); /* done() may add more, for the next turn */
	for (; job != NULL; job = next) {
		next = job->next;
		job->work(job);
		job->done(job);
	}
}

static void pool_give(struct pool *pool, struct queue *jobs)
{
	unsigned wanted = jobs->count;

	pthread_mutex_lock(&pool->mutex);
	queue_join(&pool->waiting, jobs);
	wanted = wanted < pool->idle ? wanted : pool->idle;
	pthread_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i < wanted; i++)
		pthread_cond_signal(&pool->more);
}

/* What one turn of the loop has added goes to the threads together: one lock, and no more wake-ups than threads. A busy loop has
 * many jobs a turn, so it does not do them itself. */
static void pool_hand_over(evutil_socket_t fd, short what, void *arg)
{
	struct pool *pool = arg;

	(void)fd;
	(void)what;
	if (pool->added.count > FEW)
		queue_join(&pool->added_slow, &pool->added);
	if (pool->added_slow.first != NULL)
		pool_give(pool, &pool->added_slow);
	pool_do_here(pool);
}

/* Signals are the loop's: the threads block them all. */
static void pool_start(struct pool *pool, unsigned threads)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (; pool->count < threads; pool->count++)
		if (pthread_create(&pool->threads[pool->count], NULL, pool_thread, pool) != 0)
			BUG("no thread can be made");
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct pool *pool_new(struct event_base *base, unsigned threads)
{
	struct pool *pool = xcalloc(1, sizeof(*pool) + threads * sizeof(pool->threads[0]));

	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->more, NULL);
	queue_clear(&pool->waiting);
	queue_clear(&pool->finished);
	queue_clear(&pool->added);
	queue_clear(&pool->added_slow);
	pool->hand_over = event_new(base, -1, 0, pool_hand_over, pool);
	pool->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->wake_fd < 0)
		BUG("no eventfd can be made");
	pool->wake = event_new(base, pool->wake_fd, EV_READ | EV_PERSIST, pool_deliver, pool);
	event_add(pool->wake, NULL);
	pool_start(pool, threads);
	return pool;
}

void pool_add(struct pool *pool, struct pool_job *job)
{
	if (pool->added.first == NULL && pool->added_slow.first == NULL)
		event_active(pool->hand_over, 0, 0);
	if (job->slow)
		queue_add(&pool->added_slow, job);
	else if (job->awaited)
		queue_add_first(&pool->added, job);
	else
		queue_add(&pool->added, job);
}

struct pool *pool_free(struct pool *pool)
{
	if (pool == NULL)
		return NULL;
	pthread_mutex_lock(&pool->mutex);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->more);
	pthread_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i < pool->count; i++)
		pthread_join(pool->threads[i], NULL);
	event_free(pool->hand_over);
	event_free(pool->wake);
	close(pool->wake_fd);
	pthread_cond_destroy(&pool->more);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
	return NULL;
}
