/*
 * The read lane: connections of its own, which never wait for the writer. One query is one snapshot.
 */
#ifndef DAEMON_READER_H
#define DAEMON_READER_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>

/* One read. The owner keeps it alive until done(). */
struct query {
	const char *op, *kid;
	const char *input; /* JSON text */
	void (*done)(struct query *query, json_t *said, const char *code); /* said is the owner's; NULL: code says why */

	json_t *said; /* the reader's */
	const char *code;
	struct lane *lane;
	struct query *next;
};

struct reader;

/* connections are opened at once and again after a loss; at most depth_max reads wait on each. up(arg) is called when one
 * has come up. */
struct reader *reader_new(struct event_base *base, const char *conninfo, unsigned connections, unsigned depth_max,
			  void (*up)(void *arg), void *arg);
struct reader *reader_free(struct reader *reader); /* done() is not called any more */

/* done() may run before this returns when no connection is up or all are full. */
void reader_submit(struct reader *reader, struct query *query);
bool reader_up(const struct reader *reader);

#endif
