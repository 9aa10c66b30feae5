/* A line on the terminal that says how far a long piece of work has come: bar, count, rate, time left. Nothing elsewhere. */
#ifndef CLIENT_PROGRESS_H
#define CLIENT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* translated */
	int64_t begun_us, shown_us;
	bool on; /* stderr is a terminal */
	bool shown;
};

void progress_begin(struct progress *progress, const char *what);

/* done of all so far; all 0: not known. At most some ten times a second is anything written. */
void progress_step(struct progress *progress, int64_t done, int64_t all);
void progress_end(struct progress *progress); /* takes the line away */

#endif
