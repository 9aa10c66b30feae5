#include "tests/unit/unit.h"
#include "daemon/pool.h"
#include "wire/base.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define JOBS_MAX 200

/* Jobs of one turn of the loop, and where each was done. */
struct turn {
	struct event_base *base;
	struct pool *pool;
	struct job {
		struct pool_job job; /* first */
		struct turn *turn;
		pthread_t worker;
		bool worked, done;
		unsigned order; /* 1: worked on first */
	} jobs[JOBS_MAX];
	unsigned count, left, worked;
};

static void work(struct pool_job *job)
{
	struct job *own = (struct job *)job;

	own->worker = pthread_self();
	own->worked = true;
}

static void done(struct pool_job *job)
{
	struct job *own = (struct job *)job;

	assert_true(own->worked);
	assert_false(own->done);
	own->done = true;
	if (--own->turn->left == 0)
		event_base_loopbreak(own->turn->base);
}

static struct turn *turn_new(unsigned threads)
{
	struct turn *turn = xcalloc(1, sizeof(*turn));

	turn->base = event_base_new();
	turn->pool = pool_new(turn->base, threads);
	return turn;
}

static void turn_free(struct turn *turn)
{
	pool_free(turn->pool);
	event_base_free(turn->base);
	free(turn);
}

static void add(struct turn *turn, unsigned count, bool slow)
{
	for (unsigned i = 0; i < count; i++) {
		struct job *job = &turn->jobs[turn->count++];

		job->turn = turn;
		job->job = (struct pool_job){ .work = work, .done = done, .slow = slow };
		turn->left++;
		pool_add(turn->pool, &job->job);
	}
}

static void run(struct turn *turn)
{
	event_base_dispatch(turn->base);
	assert_int_equal(turn->left, 0);
}

static unsigned here(const struct turn *turn, unsigned from, unsigned count)
{
	unsigned here = 0;

	for (unsigned i = from; i < from + count; i++)
		here += pthread_equal(turn->jobs[i].worker, pthread_self()) ? 1 : 0;
	return here;
}

static void test_a_few_stay(void **state)
{
	struct turn *turn = turn_new(2);

	(void)state;
	add(turn, 32, false);
	run(turn);
	assert_int_equal(here(turn, 0, 32), 32);
	turn_free(turn);
}

static void test_many_go(void **state)
{
	struct turn *turn = turn_new(2);

	(void)state;
	add(turn, 33, false);
	run(turn);
	assert_int_equal(here(turn, 0, 33), 0);
	turn_free(turn);
}

static void test_a_long_one_goes_alone(void **state)
{
	struct turn *turn = turn_new(2);

	(void)state;
	add(turn, 5, false);
	add(turn, 1, true);
	add(turn, 5, false);
	run(turn);
	assert_int_equal(here(turn, 0, 5), 5);
	assert_int_equal(here(turn, 5, 1), 0);
	assert_int_equal(here(turn, 6, 5), 5);
	turn_free(turn);
}

static void note_order(struct pool_job *job)
{
	struct job *own = (struct job *)job;

	own->order = ++own->turn->worked;
	work(job);
}

static void test_an_awaited_one_goes_first(void **state)
{
	struct turn *turn = turn_new(2);

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct job *job = &turn->jobs[turn->count++];

		job->turn = turn;
		job->job = (struct pool_job){ .work = note_order, .done = done, .awaited = i == 2 };
		turn->left++;
		pool_add(turn->pool, &job->job);
	}
	run(turn);
	assert_int_equal(turn->jobs[2].order, 1);
	assert_int_equal(turn->jobs[0].order, 2);
	assert_int_equal(turn->jobs[1].order, 3);
	assert_int_equal(turn->jobs[3].order, 4);
	turn_free(turn);
}

static void test_all_are_done(void **state)
{
	struct turn *turn = turn_new(3);

	(void)state;
	add(turn, 100, false);
	add(turn, 50, true);
	add(turn, 50, false);
	run(turn);
	assert_int_equal(here(turn, 0, JOBS_MAX), 0);
	turn_free(turn);
}

/* done() may add jobs: they are of the next turn, and none is lost. */
static void done_and_again(struct pool_job *job)
{
	struct job *own = (struct job *)job;
	struct turn *turn = own->turn;

	if (turn->count < JOBS_MAX)
		add(turn, 1, turn->count % 3 == 0);
	done(job);
}

static void test_what_done_adds(void **state)
{
	struct turn *turn = turn_new(2);

	(void)state;
	add(turn, 10, false);
	for (unsigned i = 0; i < 10; i++)
		turn->jobs[i].job.done = done_and_again;
	run(turn);
	assert_int_equal(turn->count, 20);
	turn_free(turn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_few_stay),   cmocka_unit_test(test_many_go),	   cmocka_unit_test(test_a_long_one_goes_alone),
		cmocka_unit_test(test_all_are_done), cmocka_unit_test(test_what_done_adds), cmocka_unit_test(test_an_awaited_one_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
