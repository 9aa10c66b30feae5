/* libevent and libpq's pipeline mode put together; see db.h. */
#include "daemon/db.h"

#include "wire/base.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_SECONDS 5
#define PARAMETERS_MAX 16

struct db_result {
	enum db_status status;
	PGresult *pg; /* NULL: DB_LOST */
};

/* What the server still owes: a query's result or a sync. */
struct expected {
	db_result_fn *result;
	db_sync_fn *sync;
	void *arg;
	struct expected *next;
};

struct db {
	struct event_base *base;
	const char *conninfo;
	const struct db_statement *statements;
	const struct db_events *events;
	void *arg;

	PGconn *conn;
	struct event *reading, *writing;
	struct expected *first, **last;
	unsigned warnings;
	bool unprepared; /* a statement of this connection could not be prepared */
	bool answered;   /* the first expected query has had its result, its end is still to come */
};

enum db_status db_result_status(const struct db_result *result)
{
	return result->status;
}

int db_result_rows(const struct db_result *result)
{
	return PQntuples(result->pg);
}

const char *db_result_text(const struct db_result *result, int row, int column, size_t *ret_length)
{
	if (PQgetisnull(result->pg, row, column))
		return NULL;
	if (ret_length)
		*ret_length = (size_t)PQgetlength(result->pg, row, column);
	return PQgetvalue(result->pg, row, column);
}

const char *db_result_tag(const struct db_result *result)
{
	return result->pg ? PQcmdStatus(result->pg) : "";
}

const char *db_result_sqlstate(const struct db_result *result)
{
	const char *state = result->pg ? PQresultErrorField(result->pg, PG_DIAG_SQLSTATE) : NULL;
	return state ? state : "";
}

const char *db_result_message(const struct db_result *result)
{
	const char *message = result->pg ? PQresultErrorField(result->pg, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	return message ? message : "connection lost";
}

static void expect(struct db *db, db_result_fn *result, db_sync_fn *sync, void *arg)
{
	struct expected *e = xcalloc(1, sizeof(*e));

	e->result = result;
	e->sync = sync;
	e->arg = arg;
	*db->last = e;
	db->last = &e->next;
}

static struct expected *expected_take(struct db *db)
{
	struct expected *e = db->first;

	db->first = e->next;
	if (!db->first)
		db->last = &db->first;
	return e;
}

static void close_connection(struct db *db)
{
	if (db->reading)
		event_free(db->reading);
	if (db->writing)
		event_free(db->writing);
	db->reading = db->writing = NULL;
	if (db->conn)
		PQfinish(db->conn);
	db->conn = NULL;
	db->unprepared = db->answered = false;
}

static char *one_line(const char *text)
{
	char *copy = xstrdup(text);
	size_t length = strcspn(copy, "\n");

	copy[length] = '\0';
	return copy;
}

/* The one way down: everything owed is reported lost, then the owner hears why. */
static void lost(struct db *db, const char *text)
{
	struct db_result result = { .status = DB_LOST };
	_cleanup_free_ char *why = one_line(text);
	struct expected *owed = db->first;

	close_connection(db);
	db->first = NULL;
	db->last = &db->first;
	while (owed) {
		struct expected *e = owed;

		owed = e->next;
		if (e->result)
			e->result(e->arg, &result);
		else if (e->sync)
			e->sync(e->arg, true);
		free(e);
	}
	db->events->down(db->arg, why);
}

void db_break(struct db *db, const char *why)
{
	lost(db, why);
}

unsigned db_warnings(struct db *db)
{
	unsigned count = db->warnings;

	db->warnings = 0;
	return count;
}

static void on_notice(void *arg, const PGresult *notice)
{
	struct db *db = arg;
	const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (severity && strcmp(severity, "WARNING") == 0)
		db->warnings++;
}

static void flush(struct db *db)
{
	int left = PQflush(db->conn);

	if (left > 0)
		event_add(db->writing, NULL);
}

static void deliver(struct db *db, PGresult *pg)
{
	struct db_result result = { .pg = pg };
	struct expected *e = db->first;

	switch (PQresultStatus(pg)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		result.status = DB_OK;
		break;
	case PGRES_PIPELINE_ABORTED:
		result.status = DB_ABORTED;
		break;
	default:
		result.status = DB_ERROR;
	}
	db->answered = true;
	if (e->result)
		e->result(e->arg, &result);
}

/* Takes one result off the connection. False when there is nothing (more) to take now. */
static bool take_result(struct db *db)
{
	PGresult *pg;
	bool is_sync;

	if (!db->conn || !db->first || PQisBusy(db->conn))
		return false;
	pg = PQgetResult(db->conn);
	if (!pg && !db->answered)
		return false;
	if (!pg) { /* the end of a query's results */
		free(expected_take(db));
		db->answered = false;
		return true;
	}
	is_sync = PQresultStatus(pg) == PGRES_PIPELINE_SYNC;
	if (is_sync) {
		struct expected *e = expected_take(db);

		PQclear(pg);
		if (e->result)
			BUG("a sync where a result was expected");
		if (e->sync)
			e->sync(e->arg, false);
		free(e);
	} else if (PQstatus(db->conn) == CONNECTION_BAD) {
		PQclear(pg);
		return false;
	} else {
		deliver(db, pg);
		PQclear(pg);
	}
	return true;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct db *db = arg;

	(void)fd;
	(void)what;
	if (!PQconsumeInput(db->conn)) {
		lost(db, PQerrorMessage(db->conn));
		return;
	}
	flush(db);
	while (take_result(db))
		;
	/* After the backend was terminated the missing sync never comes: the status tells. */
	if (db->conn && PQstatus(db->conn) == CONNECTION_BAD)
		lost(db, PQerrorMessage(db->conn));
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	flush(arg);
}

static void on_prepared(void *arg, const struct db_result *result)
{
	struct db *db = arg;

	if (result->status == DB_ERROR)
		db->unprepared = true;
}

static void on_all_prepared(void *arg, bool was_lost)
{
	struct db *db = arg;

	if (was_lost)
		return;
	if (db->unprepared) {
		db_break(db, "the database lacks the functions of this version: run lovebankd upgrade");
		return;
	}
	db->events->up(db->arg);
}

static void connected(struct db *db)
{
	int fd = PQsocket(db->conn);

	event_free(db->reading);
	db->reading = event_new(db->base, fd, EV_READ | EV_PERSIST, on_readable, db);
	db->writing = event_new(db->base, fd, EV_WRITE, on_writable, db);
	event_add(db->reading, NULL);
	PQsetNoticeReceiver(db->conn, on_notice, db);
	if (PQsetnonblocking(db->conn, 1) != 0 || PQenterPipelineMode(db->conn) != 1)
		BUG("libpq does not enter pipeline mode");
	db->warnings = 0;
	for (const struct db_statement *s = db->statements; s->name; s++) {
		if (PQsendPrepare(db->conn, s->name, s->sql, 0, NULL) != 1) {
			lost(db, PQerrorMessage(db->conn));
			return;
		}
		expect(db, on_prepared, NULL, db);
	}
	db_sync(db, on_all_prepared, db);
}

static void on_connecting(evutil_socket_t fd, short what, void *arg)
{
	struct db *db = arg;
	struct timeval limit = { .tv_sec = CONNECT_SECONDS };
	short want = 0;

	(void)fd;
	if (what & EV_TIMEOUT) {
		lost(db, "the database does not answer");
		return;
	}
	switch (PQconnectPoll(db->conn)) {
	case PGRES_POLLING_READING:
		want = EV_READ;
		break;
	case PGRES_POLLING_WRITING:
		want = EV_WRITE;
		break;
	case PGRES_POLLING_OK:
		connected(db);
		return;
	default:
		lost(db, PQerrorMessage(db->conn));
		return;
	}
	event_free(db->reading);
	db->reading = event_new(db->base, PQsocket(db->conn), want, on_connecting, db);
	event_add(db->reading, &limit);
}

/* A failure to start connecting is reported from the loop, like every other one. */
static void on_start_failed(evutil_socket_t fd, short what, void *arg)
{
	struct db *db = arg;

	(void)fd;
	(void)what;
	lost(db, PQerrorMessage(db->conn));
}

void db_connect(struct db *db)
{
	struct timeval limit = { .tv_sec = CONNECT_SECONDS }, now = { 0 };

	if (db->conn)
		BUG("connects twice");
	db->conn = PQconnectStart(db->conninfo);
	if (!db->conn)
		BUG("out of memory");
	if (PQstatus(db->conn) == CONNECTION_BAD) {
		db->reading = event_new(db->base, -1, 0, on_start_failed, db);
		event_add(db->reading, &now);
		return;
	}
	db->reading = event_new(db->base, PQsocket(db->conn), EV_WRITE, on_connecting, db);
	event_add(db->reading, &limit);
}

struct db *db_new(struct event_base *base, const char *conninfo, const struct db_statement *statements,
		  const struct db_events *events, void *arg)
{
	struct db *db = xcalloc(1, sizeof(*db));

	db->base = base;
	db->conninfo = conninfo;
	db->statements = statements;
	db->events = events;
	db->arg = arg;
	db->last = &db->first;
	return db;
}

struct db *db_free(struct db *db)
{
	if (!db)
		return NULL;
	close_connection(db);
	while (db->first)
		free(expected_take(db));
	free(db);
	return NULL;
}

/* A query that cannot be sent is owed all the same: the loss of its connection will be noticed and reported. */
void db_query(struct db *db, const char *statement, const struct db_value *values, int count, db_result_fn *fn, void *arg)
{
	const char *bytes[PARAMETERS_MAX];
	int lengths[PARAMETERS_MAX], formats[PARAMETERS_MAX];

	if (count > PARAMETERS_MAX)
		BUG("%d parameters", count);
	for (int i = 0; i < count; i++) {
		bytes[i] = values[i].bytes;
		lengths[i] = (int)values[i].length;
		formats[i] = values[i].binary;
	}
	if (db->conn)
		PQsendQueryPrepared(db->conn, statement, count, bytes, lengths, formats, 0);
	expect(db, fn, NULL, arg);
}

static void ignore_result(void *arg, const struct db_result *result)
{
	(void)arg;
	(void)result;
}

void db_command(struct db *db, const char *sql, db_result_fn *fn, void *arg)
{
	if (db->conn)
		PQsendQueryParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 0);
	expect(db, fn ? fn : ignore_result, NULL, arg);
}

void db_sync(struct db *db, db_sync_fn *fn, void *arg)
{
	expect(db, NULL, fn, arg);
	if (!db->conn)
		return;
	PQpipelineSync(db->conn);
	flush(db);
	if (PQstatus(db->conn) == CONNECTION_BAD) /* reported from the loop, never from inside the caller */
		event_active(db->reading, EV_READ, 0);
}

static bool is_address(const char *host)
{
	unsigned char parsed[sizeof(struct in6_addr)];

	return host[0] == '/' || inet_pton(AF_INET, host, parsed) == 1 || inet_pton(AF_INET6, host, parsed) == 1;
}

char *db_check(const char *conninfo)
{
	char *error = NULL, *message = NULL;
	const char *host = NULL, *hostaddr = NULL;
	PQconninfoOption *options = PQconninfoParse(conninfo, &error);

	if (!options) {
		message = one_line(error ? error : "out of memory");
		PQfreemem(error);
		return message;
	}
	for (PQconninfoOption *o = options; o->keyword; o++) {
		if (strcmp(o->keyword, "host") == 0)
			host = o->val;
		else if (strcmp(o->keyword, "hostaddr") == 0)
			hostaddr = o->val;
	}
	if (!hostaddr && !host)
		message = xstrdup("names no host: give a socket directory or an address");
	for (char *copy = !hostaddr && host ? xstrdup(host) : NULL, *rest = copy, *one; copy; ) {
		one = strsep(&rest, ",");
		if (!one) {
			free(copy);
			break;
		}
		if (!message && !is_address(one))
			message = xasprintf("host '%s' is a name: give hostaddr= too, looking names up would block the daemon", one);
	}
	PQconninfoFree(options);
	return message;
}
