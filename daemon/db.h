/*
 * One asynchronous connection to PostgreSQL, always in pipeline mode, driven by the event loop.
 *
 * Only db*.c see libpq. Nothing here blocks: connecting, sending and receiving are all non-blocking
 * (conninfo may name sockets and addresses only, because libpq resolves names synchronously: db_check()).
 * Queries and syncs are queued; their callbacks run in that order on the loop's thread. When the connection is
 * lost every queued callback runs with DB_LOST and then events.down(); the owner calls db_connect() again when it likes.
 */
#ifndef DAEMON_DB_H
#define DAEMON_DB_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum db_status {
	DB_OK,      /* rows or a command tag */
	DB_ERROR,   /* this query failed */
	DB_ABORTED, /* not run: an earlier query of the pipeline failed */
	DB_LOST,    /* the connection was lost; whether it ran is not known */
};

/* Valid during the callback only. */
struct db_result;
enum db_status db_result_status(const struct db_result *result);
int db_result_rows(const struct db_result *result);
const char *db_result_text(const struct db_result *result, int row, int column, size_t *ret_length); /* NULL: SQL NULL */
ssize_t db_result_bytea(const struct db_result *result, int row, int column, unsigned char *out, size_t room); /* length, or -1 */
const char *db_result_tag(const struct db_result *result);      /* "COMMIT", ... */
const char *db_result_sqlstate(const struct db_result *result); /* "" unless DB_ERROR */
const char *db_result_message(const struct db_result *result);  /* one line; never shown to callers */

typedef void db_result_fn(void *arg, const struct db_result *result);
typedef void db_sync_fn(void *arg, bool lost);

struct db_statement {
	const char *name, *sql;
};

struct db_events {
	void (*up)(void *arg); /* connected, statements prepared */
	void (*down)(void *arg, const char *why);
};

struct db;

/* statements (ends with name NULL) are prepared on each new connection. All arguments are kept by reference. */
struct db *db_new(struct event_base *base, const char *conninfo, const struct db_statement *statements,
		  const struct db_events *events, void *arg);
struct db *db_free(struct db *db); /* no callback runs */

void db_connect(struct db *db);

/* Breaks the connection off as if it had been lost: for answers that cannot be trusted. */
void db_break(struct db *db, const char *why);

/* Warnings that the server sent since the last call. */
unsigned db_warnings(struct db *db);

/* A parameter: text (length 0, bytes NUL-terminated) or binary. bytes NULL: SQL NULL. */
struct db_value {
	const void *bytes;
	size_t length;
	bool binary;
};

void db_query(struct db *db, const char *statement, const struct db_value *values, int count, db_result_fn *fn, void *arg);
void db_command(struct db *db, const char *sql, db_result_fn *fn, void *arg); /* without parameters, not prepared */
void db_sync(struct db *db, db_sync_fn *fn, void *arg);                       /* also sends what is queued */

/* Whether a conninfo names only sockets and addresses; NULL or a malloc'd message. */
char *db_check(const char *conninfo);

/* A parameter that is a binary array, built item by item. Types are PostgreSQL's, by their OIDs (pg_type.dat). */
enum db_type {
	DB_BYTEA = 17,
	DB_INT8 = 20,
	DB_TEXT = 25,
	DB_UUID = 2950,
};
struct db_array {
	enum db_type type;
	unsigned char *bytes;
	size_t length, room;
	uint32_t count;
	bool nulls;
};
void db_array_init(struct db_array *array, enum db_type type);
void db_array_add(struct db_array *array, const void *item, size_t length); /* copied; item NULL: SQL NULL */
void db_array_add_int8(struct db_array *array, int64_t value);
struct db_value db_array_value(struct db_array *array); /* valid until the array changes */
void db_array_clear(struct db_array *array);

#endif
