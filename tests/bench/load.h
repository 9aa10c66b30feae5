/*
 * Load for the bench: what the parts of the program share. They read from the top:
 *
 *   load.c              arguments, and the report
 *   load_run.c          requests under way, and when the next one is due
 *   load_work.c         what is asked, and what is to come back
 *   load_check.c        answers and receipts: what a client must check
 *   load_scan.c         canonical JSON, taken apart where it stands
 *   load_connection.c   HTTP/2 over TLS
 *   load_party.c        an operator's key, and what she knows of the ledger
 *   load_idle.c         connections that are held, and nothing else
 *   load_handshake.c    bare handshakes in memory
 *   load_pauses.c       what the machine itself holds up
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

#define LIST_MAX 256

/* A list of the command line, parted by commas. */
struct list {
	const char *at[LIST_MAX];
	size_t count;
};

struct options {
	const char *work, *label, *volunteers, *team, *community;
	struct list homes, confirm_homes, shops, funds;
	double seconds, warm_up, rate, hold; /* rate 0: closed loop */
	unsigned long in_flight, connections, lines, skip, count; /* count 0: no end but the time */
	bool resume;
};

/* What came of it all. */
struct report {
	unsigned long done, warmed, refused, replayed, recorded, handshakes, resumed; /* warmed: done in the warm-up, among done */
	double seconds;
	double step_seconds[2]; /* under way, summed: of first requests, and of those that confirm */
	float *latencies; /* ms; owned by whoever fills them */
	size_t latency_count;
};

/* A block of bytes that grows; always with room for a NUL behind. */
struct bytes {
	char *at;
	size_t length, room;
};

void bytes_reserve(struct bytes *bytes, size_t more);
void bytes_add(struct bytes *bytes, const void *more, size_t length);
void bytes_print(struct bytes *bytes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bytes_add_base64url(struct bytes *bytes, const void *more, size_t length);

/* Says what went wrong on standard error and ends the program with 1. */
noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

double now(void); /* seconds of a clock that only goes forward */

/* The programs within the program. */
void load_run(const struct options *options, struct report *report);
void load_idle(const struct options *options);
void load_handshake(const struct options *options, struct report *report);
void load_pauses(const struct options *options, struct report *report);

#endif
