/* The read lane; see reader.h. */
#include "daemon/reader.h"

#include "daemon/keys.h"
#include "wire/base.h"
#include "wire/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECONNECT_MS 300

/* One connection and the reads that are under way on it. */
struct lane {
	struct reader *reader;
	struct db *db;
	struct event *retry;
	unsigned depth;
	bool up;
};

struct reader {
	void (*up)(void *arg);
	void *arg;
	unsigned count, depth_max;
	struct lane lanes[];
};

static const struct db_statement statements[] = {
	{ "clock", "SELECT set_config('lovebank.clock', $1, false)" },
	{ "query", "SELECT api.query($1, $2, $3)" },
	{ "checkpoint", "SELECT size, root, signature FROM api.checkpoint($1)" },
	{ "tile", "SELECT api.tile($1, $2, $3)" },
	{ "key_receipts", "SELECT api.key_receipts()" },
	KEYS_STATEMENT,
	{ NULL, NULL },
};

static void on_result(void *arg, const struct db_result *result)
{
	struct query *query = arg;

	if (db_result_status(result) == DB_LOST || db_result_status(result) == DB_ABORTED) {
		query->code = "unavailable";
	} else if (db_result_status(result) == DB_ERROR) {
		fprintf(stderr, "lovebankd: %s: database error %s: %s\n", query->values[0] ? query->values[0] : query->statement,
			db_result_sqlstate(result), db_result_message(result));
		query->code = "internal";
	} else {
		query->taken = true;
		query->take(query, result);
	}
}

static void on_sync(void *arg, bool lost)
{
	struct query *query = arg;

	query->lane->depth--;
	if (lost && !query->code && !query->taken)
		query->code = "unavailable";
	query->done(query, query->code);
}

static void on_clock(void *arg, const struct db_result *result)
{
	(void)arg;
	(void)result;
}

static void on_up(void *arg)
{
	struct lane *lane = arg;

	db_command(lane->db, "SET statement_timeout = '30s'", NULL, NULL); /* no read may hold a connection for ever */
	lane->up = true;
	lane->reader->up(lane->reader->arg);
}

static void on_down(void *arg, const char *why)
{
	struct lane *lane = arg;
	struct timeval wait = { .tv_usec = RECONNECT_MS * 1000 };

	(void)why; /* the writer's connection says it for all */
	lane->up = false;
	evtimer_add(lane->retry, &wait);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct lane *lane = arg;

	(void)fd;
	(void)what;
	db_connect(lane->db);
}

static const struct db_events db_events = { .up = on_up, .down = on_down };

struct reader *reader_new(struct event_base *base, const char *conninfo, unsigned connections, unsigned depth_max,
			  void (*up)(void *arg), void *arg)
{
	struct reader *reader = xcalloc(1, sizeof(*reader) + connections * sizeof(reader->lanes[0]));

	reader->up = up;
	reader->arg = arg;
	reader->count = connections;
	reader->depth_max = depth_max;
	for (unsigned i = 0; i < connections; i++) {
		struct lane *lane = &reader->lanes[i];

		lane->reader = reader;
		lane->db = db_new(base, conninfo, statements, &db_events, lane);
		lane->retry = evtimer_new(base, on_retry, lane);
		db_connect(lane->db);
	}
	return reader;
}

struct reader *reader_free(struct reader *reader)
{
	if (!reader)
		return NULL;
	for (unsigned i = 0; i < reader->count; i++) {
		db_free(reader->lanes[i].db);
		event_free(reader->lanes[i].retry);
	}
	free(reader);
	return NULL;
}

static struct lane *least_busy(struct reader *reader)
{
	struct lane *best = NULL;

	for (unsigned i = 0; i < reader->count; i++) {
		struct lane *lane = &reader->lanes[i];

		if (lane->up && (!best || lane->depth < best->depth))
			best = lane;
	}
	return best;
}

void reader_submit(struct reader *reader, struct query *query)
{
	struct lane *lane = least_busy(reader);
	struct db_value values[QUERY_VALUES];

	query->code = NULL;
	query->taken = false;
	query->lane = lane;
	if (!lane || lane->depth >= reader->depth_max) {
		query->done(query, lane ? "too_many_requests" : "unavailable");
		return;
	}
	lane->depth++;
	if (clock_is_set()) {
		char now[CLOCK_TEXT];

		clock_text(clock_now(), now);
		db_query(lane->db, "clock", &(struct db_value){ .bytes = now }, 1, on_clock, NULL);
	}
	for (int i = 0; i < query->count; i++)
		values[i] = (struct db_value){ .bytes = query->values[i] };
	db_query(lane->db, query->statement, values, query->count, on_result, query);
	db_sync(lane->db, on_sync, query);
}

bool reader_up(const struct reader *reader)
{
	for (unsigned i = 0; i < reader->count; i++)
		if (reader->lanes[i].up)
			return true;
	return false;
}
