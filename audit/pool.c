#include "audit/pool.h"

#include "wire/base.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct task {
	pool_task_fn *fn;
	void *arg;
	struct group *group;
	struct task *next;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t change; /* a task was added or done, or the pool ends */
	struct task *first, **last;
	pthread_t *threads;
	unsigned count;
	bool ends;
};

static struct task *take(struct pool *pool)
{
	struct task *task = pool->first;

	if (!task)
		return NULL;
	pool->first = task->next;
	if (!pool->first)
		pool->last = &pool->first;
	return task;
}

/* With the lock held before and after. */
static void run(struct pool *pool, struct task *task)
{
	pthread_mutex_unlock(&pool->lock);
	task->fn(task->arg);
	pthread_mutex_lock(&pool->lock);
	if (--task->group->left == 0)
		pthread_cond_broadcast(&pool->change);
	free(task);
}

static void *work(void *arg)
{
	struct pool *pool = arg;

	pthread_mutex_lock(&pool->lock);
	while (!pool->ends) {
		struct task *task = take(pool);

		if (task)
			run(pool, task);
		else
			pthread_cond_wait(&pool->change, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

struct pool *pool_new(unsigned threads)
{
	struct pool *pool = xcalloc(1, sizeof(*pool));

	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->change, NULL);
	pool->last = &pool->first;
	pool->threads = xcalloc(threads + 1, sizeof(*pool->threads));
	while (pool->count < threads && pthread_create(&pool->threads[pool->count], NULL, work, pool) == 0)
		pool->count++;
	return pool;
}

struct pool *pool_free(struct pool *pool)
{
	if (!pool)
		return NULL;
	pthread_mutex_lock(&pool->lock);
	if (pool->first)
		BUG("a pool ends with tasks left");
	pool->ends = true;
	pthread_cond_broadcast(&pool->change);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->count; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_cond_destroy(&pool->change);
	pthread_mutex_destroy(&pool->lock);
	free(pool->threads);
	free(pool);
	return NULL;
}

void pool_add(struct pool *pool, struct group *group, pool_task_fn *fn, void *arg)
{
	struct task *task = xmalloc(sizeof(*task));

	*task = (struct task){.fn = fn, .arg = arg, .group = group};
	pthread_mutex_lock(&pool->lock);
	group->left++;
	*pool->last = task;
	pool->last = &task->next;
	pthread_cond_broadcast(&pool->change);
	pthread_mutex_unlock(&pool->lock);
}

void pool_wait(struct pool *pool, struct group *group)
{
	pthread_mutex_lock(&pool->lock);
	while (group->left) {
		struct task *task = take(pool);

		if (task)
			run(pool, task);
		else
			pthread_cond_wait(&pool->change, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
}
