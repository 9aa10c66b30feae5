/* The kinds of load: what is asked, and what is to come back. */
#ifndef BENCH_LOAD_WORK_H
#define BENCH_LOAD_WORK_H

#include "tests/bench/load_check.h"

/* A place for one request after the other. */
struct slot {
	struct request request;
	unsigned step;     /* which request of a piece of work is next; 0: the first. Step 1 is asked by the second party */
	uint64_t number;   /* what the first request led to, or what is asked for */
	double due;        /* latency counts from here */
};

struct work {
	const char *name;
	/* Reads what it needs of the options; ends the program when something is missing. */
	void (*begin)(const struct options *options);
	/* Fills in the slot's next request, signed with the party's key. */
	void (*ask)(struct slot *slot, const struct party *party);
	/* Takes a good answer with a result; sets the next step. */
	void (*take)(struct slot *slot, const struct answer *answer, struct report *report);
};

/* NULL: there is none of that name. */
const struct work *work_find(const char *name);

/* The smallest request that every operator may make; for itself. */
void work_ask_status(struct request *request);

/* Sets where reading receipts ends; from the answer to work_ask_status(). */
void work_take_status(const struct request *request, const struct answer *answer);

#endif
