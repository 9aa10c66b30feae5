/*
 * The read lane: connections of its own, which never wait for the writer. One query is one snapshot.
 */
#ifndef DAEMON_READER_H
#define DAEMON_READER_H

#include "daemon/db.h"

#include <event2/event.h>
#include <stdbool.h>

#define QUERY_VALUES 3

/* One read. The owner keeps it alive until done(). */
struct query {
	const char *statement;            /* one of the reader's: see reader.c */
	const char *values[QUERY_VALUES]; /* its parameters, as text; NULL: SQL NULL */
	int count;
	void (*take)(struct query *query, const struct db_result *result); /* what it gave, valid during this call */
	void (*done)(struct query *query, const char *code);               /* after take(); or code says why there was none */

	const char *code; /* the reader's, as the following */
	bool taken;
	struct lane *lane;
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
