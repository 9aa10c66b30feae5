#include "client/progress.h"

#include "client/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define EVERY_US 100000
#define BAR 24

/* How long something took: not the wall clock, which tests set and people turn. */
static int64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void progress_begin(struct progress *progress, const char *what)
{
	*progress = (struct progress){.what = what, .begun_us = monotonic_us(), .on = isatty(STDERR_FILENO)};
}

static void put_bar(int64_t done, int64_t all)
{
	int full = (int)(done * BAR / all);

	fputs(" [", stderr);
	for (int i = 0; i < BAR; i++)
		fputs(i < full ? "#" : "-", stderr);
	fprintf(stderr, "] %3" PRId64 "%%", done * 100 / all);
}

void progress_step(struct progress *progress, int64_t done, int64_t all)
{
	int64_t now = progress->on ? monotonic_us() : 0, taken = now - progress->begun_us, rate;

	if (!progress->on || now - progress->shown_us < EVERY_US)
		return;
	progress->shown_us = now;
	progress->shown = true;
	rate = taken > 0 ? done * 1000000 / taken : 0;
	fprintf(stderr, "\r\033[K%s", progress->what);
	if (all > 0 && done <= all)
		put_bar(done, all);
	fprintf(stderr, " %" PRId64, done);
	if (all > 0)
		fprintf(stderr, "/%" PRId64, all);
	fprintf(stderr, _(", %lld/s"), (long long)rate);
	if (all > done && rate > 0) {
		int64_t left = (all - done) / rate + 1;

		fprintf(stderr, _(", %lld:%02lld left"), (long long)(left / 60), (long long)(left % 60));
	}
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
