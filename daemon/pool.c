#include "daemon/pool.h"

#include "wire/base.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
	struct pool_job *first, **end;
};

struct pool {
	pthread_mutex_t mutex; /* guards waiting, finished, idle and stopping */
	pthread_cond_t more;
	struct queue waiting, finished;
	unsigned idle; /* threads that sleep */
	bool stopping;
	int wake_fd;
	struct event *wake;
	unsigned count;
	pthread_t threads[];
};

static void queue_clear(struct queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

static void queue_add(struct queue *queue, struct pool_job *job)
{
	job->next = NULL;
	*queue->end = job;
	queue->end = &job->next;
}

static struct pool_job *queue_take(struct queue *queue)
{
	struct pool_job *job = queue->first;

	queue->first = job->next;
	if (queue->first == NULL)
		queue->end = &queue->first;
	return job;
}

/* Called with the mutex held. NULL: the pool stops. */
static struct pool_job *pool_wait(struct pool *pool)
{
	while (pool->waiting.first == NULL && !pool->stopping) {
		pool->idle++;
		pthread_cond_wait(&pool->more, &pool->mutex);
		pool->idle--;
	}
	return pool->stopping ? NULL : queue_take(&pool->waiting);
}

static void pool_wake(struct pool *pool)
{
	const uint64_t one = 1;

	if (write(pool->wake_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		BUG("the pool's eventfd cannot be written");
}

static void *pool_thread(void *arg)
{
	struct pool *pool = arg;
	struct pool_job *job;

	pthread_mutex_lock(&pool->mutex);
	while ((job = pool_wait(pool)) != NULL) {
		pthread_mutex_unlock(&pool->mutex);
		job->work(job);
		pthread_mutex_lock(&pool->mutex);
		/* Only the first of a batch wakes the loop: the loop takes all that are finished by then. */
		if (pool->finished.first == NULL)
			pool_wake(pool);
		queue_add(&pool->finished, job);
	}
	pthread_mutex_unlock(&pool->mutex);
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
	pthread_mutex_lock(&pool->mutex);
	queue_add(&pool->waiting, job);
	if (pool->idle > 0)
		pthread_cond_signal(&pool->more);
	pthread_mutex_unlock(&pool->mutex);
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
	event_free(pool->wake);
	close(pool->wake_fd);
	pthread_cond_destroy(&pool->more);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
	return NULL;
}
