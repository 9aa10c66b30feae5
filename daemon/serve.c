/* lovebankd serve, check-config and status. */
#include "daemon/cluster.h"
#include "daemon/commands.h"
#include "daemon/keys.h"
#include "daemon/kept.h"
#include "daemon/log.h"
#include "daemon/request.h"
#include "daemon/state.h"
#include "daemon/witness.h"
#include "wire/base.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READS_WAITING_MAX 256 /* on each connection */
#define DOWNS_QUIET 5         /* PostgreSQL may take a second or two to start: that is not worth a line */

/* Everything that runs, in the order in which it starts. */
struct daemon {
	const struct config *config;
	struct event_base *base;
	struct cluster *cluster;
	struct keys *keys;
	struct kept *kept;
	struct seal *seal;
	struct witnesses *witnesses;
	struct service service;
	struct server *server;
	const struct key *tls; /* that the server shows */
	struct query keys_query; /* of the read lane, for a daemon that does not write */
	json_t *keys_rows;
	bool keys_asked, waiting; /* waiting: for the lock, and that has not been said yet */
	bool judged;              /* the database was found fit: it may be read */
	struct event *terminate, *interrupt;
	char *conninfo;
	bool stopping, ready_once, said_ready;
	unsigned downs; /* since the writer was ready last */
	int status;
	int lock;
};

static void say(const char *text, const char *detail)
{
	fprintf(stderr, "lovebankd: %s%s%s\n", text, detail ? ": " : "", detail ? detail : "");
}

static void complain(char *error)
{
	say(error, NULL);
	free(error);
}

static void on_drained(void *arg)
{
	struct daemon *d = arg;

	event_base_loopbreak(d->base);
}

static void stop(struct daemon *d)
{
	if (d->stopping)
		return;
	d->stopping = true;
	server_drain(d->server, on_drained, d);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	say("stopping: requests under way are finished first", NULL);
	stop(arg);
}

/* Said once both lanes are up: whoever reads the line may send anything. */
static void say_ready(struct daemon *d)
{
	if (!writer_ready(d->service.writer) || !reader_up(d->service.reader) || d->said_ready)
		return;
	d->said_ready = true;
	if (witnesses_count(d->witnesses) > 0)
		fprintf(stderr, "lovebankd: witnessed log size %llu\n", (unsigned long long)witnesses_size(d->witnesses));
	fprintf(stderr, "lovebankd: ready on %s, ledger %s, log size %llu\n", server_address(d->server), d->config->aud,
		(unsigned long long)d->service.head.size);
}

static void on_unfit(void *arg, const char *why)
{
	struct daemon *d = arg;

	say("this database is not served", why);
	d->status = 1;
	stop(d);
}

static void say_keys(const struct keys *keys)
{
	fprintf(stderr, "lovebankd: keys in use: answers %s, tls %s, log keys %u\n", keys->answers->kid, keys->tls->kid, keys->logs);
}

/* The ledger's keys as its rows say: takes rows over. */
static int on_keys(void *arg, json_t *rows, char **ret_why)
{
	struct daemon *d = arg;
	bool known = json_equal(rows, d->keys->rows), first = !d->keys->rows;

	if (keys_choose(d->keys, rows, ret_why) != 0)
		return -1;
	if (known)
		return 0;
	if (d->keys->tls != d->tls)
		server_set_key(d->server, d->keys->tls);
	d->tls = d->keys->tls;
	if (keys_publish(d->keys, server_address(d->server), ret_why) != 0) {
		if (first)
			return -1;
		complain(*ret_why); /* the ledger is served all the same: the file is for those who join */
	}
	if (!first)
		say_keys(d->keys);
	return 0;
}

/* Said once reads are answered: whoever reads the line may ask anything. */
static void say_waiting(struct daemon *d)
{
	if (!d->waiting)
		return;
	d->waiting = false;
	fprintf(stderr, "lovebankd: waiting for the writer's lock: another daemon writes; reads are served on %s\n", server_address(d->server));
}

static void take_keys(struct query *query, const struct db_result *result)
{
	struct daemon *d = container_of(query, struct daemon, keys_query);

	d->keys_rows = keys_rows(result);
}

/* Through the read lane nothing goes back: what the writer has seen meanwhile is newer. */
static void on_keys_read(struct query *query, const char *code)
{
	struct daemon *d = container_of(query, struct daemon, keys_query);
	json_t *rows = d->keys_rows;
	char *why;

	d->keys_rows = NULL;
	d->keys_asked = false;
	if (code)
		return;
	if (writer_ready(d->service.writer) && d->keys->rows)
		json_decref(rows);
	else if (on_keys(d, rows, &why) != 0) {
		on_unfit(d, why);
		free(why);
	} else {
		say_waiting(d);
	}
}

static void ask_keys(void *arg)
{
	struct daemon *d = arg;

	if (d->keys_asked || !d->judged || writer_ready(d->service.writer))
		return;
	d->keys_asked = true;
	d->keys_query = (struct query){ .statement = "keys", .take = take_keys, .done = on_keys_read };
	reader_submit(d->service.reader, &d->keys_query);
}

static void on_ready(void *arg)
{
	struct daemon *d = arg;

	d->judged = true;
	d->waiting = false;
	d->service.head = seal_head(d->seal);
	d->ready_once = true;
	d->downs = 0;
	say_ready(d);
}

static void on_reader_up(void *arg)
{
	struct daemon *d = arg;

	if (!d->service.writer)
		return;
	ask_keys(d);
	say_ready(d);
}

static void on_waiting(void *arg)
{
	struct daemon *d = arg;

	d->judged = d->waiting = true;
	ask_keys(d);
}

static void on_down(void *arg, const char *why)
{
	struct daemon *d = arg;

	d->said_ready = d->waiting = false;
	if (++d->downs == (d->ready_once ? 1 : DOWNS_QUIET) && !d->stopping)
		say("database not reachable, trying again", why);
}

static const struct writer_events events = { .ready = on_ready, .waiting = on_waiting, .down = on_down, .unfit = on_unfit,
					    .keys = on_keys };

static int open_database(struct daemon *d, char **ret_error)
{
	if (d->config->database) {
		d->conninfo = xstrdup(d->config->database);
		return 0;
	}
	d->conninfo = cluster_conninfo(d->config);
	if (!cluster_exists(d->config)) {
		*ret_error = xasprintf("there is no ledger in %s; make one with lovebankd init", d->config->state_dir);
		return -1;
	}
	d->cluster = cluster_start(d->base, d->config, ret_error);
	return d->cluster ? 0 : -1;
}

static int open_server(struct daemon *d, char **ret_error)
{
	struct server_limits limits = SERVER_LIMITS_DEFAULT;

	limits.connections = d->config->connections;
	limits.connections_per_key = d->config->connections_per_key;
	d->tls = keys_first_tls(d->keys);
	d->server = server_new(d->base, d->config->listen, d->tls, &limits, request_begin, &d->service, ret_error);
	return d->server ? 0 : -1;
}

static int start(struct daemon *d, char **ret_error)
{
	const struct config *config = d->config;

	d->lock = state_lock(config, ret_error);
	if (d->lock < 0 || state_check_aud(config, ret_error) != 0)
		return -1;
	d->keys = keys_read(config, ret_error);
	if (!d->keys || open_database(d, ret_error) != 0)
		return -1;
	d->service = (struct service){ .keys = d->keys, .aud = config->aud, .keys_behind = ask_keys, .arg = d };
	d->service.pool = pool_new(d->base, config->signature_threads);
	d->kept = kept_new(d->base, d->service.pool, d->keys, config->state_dir, config->aud, ret_error);
	d->witnesses = d->kept ? witnesses_new(config, d->service.pool, ret_error) : NULL;
	if (!d->witnesses)
		return -1;
	d->service.seal = d->seal = seal_new(d->keys, config->aud, d->kept);
	d->service.head = seal_head(d->seal);
	if (open_server(d, ret_error) != 0)
		return -1;
	d->service.reader = reader_new(d->base, d->conninfo, config->read_connections, READS_WAITING_MAX, on_reader_up, d);
	d->service.writer = writer_new(d->base, d->conninfo, d->seal, config->queue, &events, d);
	d->service.log = log_new(d->service.reader, d->service.writer, d->service.pool, d->keys, d->witnesses, config->aud);
	d->terminate = evsignal_new(d->base, SIGTERM, on_signal, d);
	d->interrupt = evsignal_new(d->base, SIGINT, on_signal, d);
	event_add(d->terminate, NULL);
	event_add(d->interrupt, NULL);
	return 0;
}

static void end(struct daemon *d)
{
	if (d->terminate)
		event_free(d->terminate);
	if (d->interrupt)
		event_free(d->interrupt);
	server_free(d->server);
	writer_free(d->service.writer);
	reader_free(d->service.reader);
	pool_free(d->service.pool);
	log_free(d->service.log);
	seal_free(d->seal);
	kept_free(d->kept);
	witnesses_free(d->witnesses);
	cluster_stop(d->cluster);
	json_decref(d->keys_rows);
	keys_free(d->keys);
	free(d->conninfo);
	event_base_free(d->base);
	if (d->lock >= 0)
		close(d->lock);
}

int serve_command(const struct config *config, const struct arguments_given *given)
{
	struct daemon d = { .config = config, .base = event_base_new() };
	char *error;

	(void)given;
	if (start(&d, &error) != 0) {
		complain(error);
		d.status = 1;
	} else {
		event_base_dispatch(d.base);
	}
	end(&d);
	return d.status;
}

int check_config_command(const struct config *config, const struct arguments_given *given)
{
	(void)given;
	config_show(config);
	return 0;
}

/* -------------------------------------------------------------- status */

struct probe {
	struct event_base *base;
	struct db *db;
	json_t *said;
};

static const struct db_statement probe_statements[] = { { "status", "SELECT api.status()" }, { NULL, NULL } };

static void on_probe_result(void *arg, const struct db_result *result)
{
	struct probe *p = arg;

	if (db_result_status(result) == DB_OK)
		p->said = json_loads(db_result_text(result, 0, 0, NULL), 0, NULL);
}

static void on_probe_sync(void *arg, bool lost)
{
	struct probe *p = arg;

	(void)lost;
	event_base_loopbreak(p->base);
}

static void on_probe_up(void *arg)
{
	struct probe *p = arg;

	db_query(p->db, "status", NULL, 0, on_probe_result, p);
	db_sync(p->db, on_probe_sync, p);
}

static void on_probe_down(void *arg, const char *why)
{
	struct probe *p = arg;

	say("database not reachable", why);
	event_base_loopbreak(p->base);
}

int status_command(const struct config *config, const struct arguments_given *given)
{
	static const struct db_events probe_events = { .up = on_probe_up, .down = on_probe_down };
	_cleanup_free_ char *conninfo = config->database ? xstrdup(config->database) : cluster_conninfo(config);
	struct probe p = { .base = event_base_new() };
	struct witnesses *witnesses;
	bool served = false;
	char *error;

	(void)given;
	p.db = db_new(p.base, conninfo, probe_statements, &probe_events, &p);
	db_connect(p.db);
	event_base_dispatch(p.base);
	if (p.said) {
		served = json_is_true(json_object_get(p.said, "writer"));
		printf("ledger     %s\nserved     %s\nlog size   %lld\nrequests   %lld\nentries    %lld\n",
		       json_string_value(json_object_get(p.said, "aud")), served ? "yes" : "no: no daemon holds the writer's lock",
		       (long long)json_integer_value(json_object_get(json_object_get(p.said, "log"), "size")),
		       (long long)json_integer_value(json_object_get(p.said, "requests")),
		       (long long)json_integer_value(json_object_get(p.said, "entries")));
	}
	witnesses = p.said ? witnesses_new(config, NULL, &error) : NULL;
	if (witnesses && witnesses_count(witnesses) > 0)
		printf("witnessed  %llu\n", (unsigned long long)witnesses_size(witnesses));
	else if (p.said && !witnesses)
		complain(error);
	witnesses_free(witnesses);
	json_decref(p.said);
	db_free(p.db);
	event_base_free(p.base);
	return served ? 0 : 1;
}
