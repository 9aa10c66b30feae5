/* load pauses: a thread on each core that only reads the clock. When it does not move on, its core was with another task of this machine, or
 * away from the machine altogether. */
#include "tests/bench/load.h"
#include "wire/base.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define PAUSE_S 0.001 /* what is shorter is the kernel's own work */
#define PAUSES_MAX 10000 /* of a core */

struct core {
	pthread_t thread;
	double end;
	size_t count;
	float pauses[PAUSES_MAX]; /* ms */
};

static void *watch(void *arg)
{
	struct core *core = arg;

	for (double before = now(), at = before; at < core->end && core->count < PAUSES_MAX; before = at) {
		at = now();
		if (at - before > PAUSE_S)
			core->pauses[core->count++] = (float)((at - before) * 1000);
	}
	return NULL;
}

void load_pauses(const struct options *options, struct report *report)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);
	struct core *cores = xcalloc((size_t)count, sizeof(*cores));
	double start = now();

	for (struct core *core = cores; core < cores + count; core++) {
		core->end = start + options->seconds;
		if (pthread_create(&core->thread, NULL, watch, core) != 0)
			fail("no thread can be made");
	}
	report->latencies = xcalloc((size_t)count * PAUSES_MAX, sizeof(*report->latencies));
	for (struct core *core = cores; core < cores + count; core++) {
		pthread_join(core->thread, NULL);
		for (size_t i = 0; i < core->count; i++)
			report->latencies[report->latency_count++] = core->pauses[i];
	}
	report->done = report->latency_count;
	report->seconds = now() - start;
	free(cores);
}
