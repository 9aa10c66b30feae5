/* lovebankd serve, check-config and status. */
#include "daemon/cluster.h"
#include "daemon/commands.h"
#include "daemon/keys.h"
#include "daemon/request.h"
#include "daemon/state.h"
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
	struct seal *seal;
	struct service service;
	struct server *server;
	struct event *terminate, *interrupt;
	char *conninfo, *checkpoint;
	bool stopping, ready_once, said_ready;
	unsigned downs; /* since the writer was ready last */
	int status;
	int lock;
};

static void say(const char *text, const char *detail)
{
	fprintf(stderr, "lovebankd: %s%s%s\n", text, detail ? ": " : "", detail ? detail : "");
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
	fprintf(stderr, "lovebankd: ready on %s, ledger %s, log size %llu\n", server_address(d->server), d->config->aud,
		(unsigned long long)d->service.head.size);
}

static void on_ready(void *arg)
{
	struct daemon *d = arg;

	d->service.head = *seal_head(d->seal);
	d->ready_once = true;
	d->downs = 0;
	say_ready(d);
}

static void on_reader_up(void *arg)
{
	struct daemon *d = arg;

	if (d->service.writer)
		say_ready(d);
}

static void on_waiting(void *arg)
{
	struct daemon *d = arg;

	fprintf(stderr, "lovebankd: waiting for the writer's lock: another daemon writes; reads are served on %s\n", server_address(d->server));
}

static void on_down(void *arg, const char *why)
{
	struct daemon *d = arg;

	d->said_ready = false;
	if (++d->downs == (d->ready_once ? 1 : DOWNS_QUIET) && !d->stopping)
		say("database not reachable, trying again", why);
}

static void on_unfit(void *arg, const char *why)
{
	struct daemon *d = arg;

	say("this database is not served", why);
	d->status = 1;
	stop(d);
}

static const struct writer_events events = { .ready = on_ready, .waiting = on_waiting, .down = on_down, .unfit = on_unfit };

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
	d->server = server_new(d->base, d->config->listen, d->keys->tls, &limits, request_begin, &d->service, ret_error);
	if (!d->server)
		return -1;
	return keys_publish(d->config, d->keys, server_address(d->server), ret_error);
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
	d->checkpoint = xasprintf("%s/checkpoint", config->state_dir);
	d->seal = seal_new(d->keys->log, config->aud, d->checkpoint, ret_error);
	if (!d->seal)
		return -1;
	d->service = (struct service){ .answers = d->keys->answers, .aud = config->aud, .seal = d->seal, .head = *seal_head(d->seal) };
	d->service.pool = pool_new(d->base, config->signature_threads);
	if (open_server(d, ret_error) != 0)
		return -1;
	d->service.reader = reader_new(d->base, d->conninfo, config->read_connections, READS_WAITING_MAX, on_reader_up, d);
	d->service.writer = writer_new(d->base, d->conninfo, d->seal, config->queue, &events, d);
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
	seal_free(d->seal);
	cluster_stop(d->cluster);
	keys_free(d->keys);
	free(d->conninfo);
	free(d->checkpoint);
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
		say(error, NULL);
		free(error);
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
	bool served = false;

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
	json_decref(p.said);
	db_free(p.db);
	event_base_free(p.base);
	return served ? 0 : 1;
}
