/* lovebankd init and upgrade: makes a ledger and brings its database to this version. */
#include "daemon/cluster.h"
#include "daemon/commands.h"
#include "daemon/keys.h"
#include "daemon/schema.h"
#include "daemon/writer.h"
#include "wire/base.h"
#include "wire/clock.h"
#include "wire/jti.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POSTGRES_START_SECONDS 30

/* The founding: the ledger's first command, signed by its first administrator. */
struct founding {
	struct event_base *base;
	struct writer *writer;
	struct command command;
	bool done;
};

static const struct op found_op = { .name = "ledger_found", .noun = "ledger", .verb = "found", .kind = OP_COMMAND };

static int complain(char *error)
{
	fprintf(stderr, "lovebankd: %s\n", error);
	free(error);
	return 1;
}

static struct jws *read_admin(const char *path)
{
	char text[8192];
	const char *reason = "cannot be read";
	FILE *file = fopen(path, "re");
	size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	struct jws *jws;
	struct key *key;

	if (file)
		fclose(file);
	while (length > 0 && strchr(" \r\n", text[length - 1]))
		length--;
	jws = length > 0 ? jws_parse_compact(text, length, &reason) : NULL;
	key = jws ? jws_verify_enrolment(jws, &reason) : NULL;
	if (!key) {
		fprintf(stderr, "lovebankd: %s is not an enrolment request (%s); make one with: lovebank key new\n", path, reason);
		return jws_free(jws);
	}
	key_free(key);
	return jws;
}

static void on_done(struct command *command, enum command_outcome outcome, const char *code)
{
	struct founding *f = container_of(command, struct founding, command);
	const char *refused = outcome == COMMAND_WRITTEN ? json_string_value(json_object_get(command->said, "code")) : code;

	f->done = !refused;
	if (refused)
		fprintf(stderr, "lovebankd: the ledger could not be founded: %s\n", refused);
	json_decref(command->said);
	free(command->result);
	event_base_loopbreak(f->base);
}

static void on_ready(void *arg)
{
	struct founding *f = arg;

	writer_submit(f->writer, &f->command);
}

static void on_waiting(void *arg)
{
	struct founding *f = arg;

	fprintf(stderr, "lovebankd: another daemon is the writer of this database\n");
	event_base_loopbreak(f->base);
}

static void on_down(void *arg, const char *why)
{
	(void)arg;
	fprintf(stderr, "lovebankd: database: %s\n", why);
}

static void on_unfit(void *arg, const char *why)
{
	struct founding *f = arg;

	fprintf(stderr, "lovebankd: %s\n", why);
	event_base_loopbreak(f->base);
}

/* The keys of init are chosen before there are rows. */
static int on_keys(void *arg, json_t *rows, char **ret_why)
{
	(void)arg;
	(void)ret_why;
	json_decref(rows);
	return 0;
}

static const struct writer_events events = { .ready = on_ready, .waiting = on_waiting, .down = on_down, .unfit = on_unfit, .keys = on_keys };

/* The ledger's own keys as its first leaf names them. */
static json_t *first_keys(const struct keys *keys)
{
	json_t *all = json_array();

	for (enum key_use use = 0; use < KEY_JOBS; use++)
		for (size_t i = 0; i < keys->count; i++)
			if (keys->files[i].use == use && keys->files[i].first)
				json_array_append_new(all, json_pack("{s:s,s:s,s:s}", "use", keys_use_name(use), "kid", keys->files[i].id, "public",
								     keys->files[i].public));
	return all;
}

static char *founding_aside(const struct config *config, const struct arguments_given *given, const struct jws *admin, const struct keys *keys)
{
	json_t *aside = json_pack("{s:{s:s,s:O,s:s,s:s,s:s,s:s,s:o}}", "proof", "kid", admin->kid, "jwk", admin->jwk, "aud", config->aud,
				  "code", given->code, "name", given->name, "kind", given->kind, "keys", first_keys(keys));
	char *text = json_dumps(aside, JSON_COMPACT);

	json_decref(aside);
	return text;
}

static int found(struct event_base *base, const struct config *config, const struct arguments_given *given, const struct jws *admin,
		 const struct keys *keys, const char *conninfo)
{
	_cleanup_free_ char *aside = founding_aside(config, given, admin, keys);
	struct seal *seal = seal_new(keys, config->aud, NULL);
	struct founding f = { .base = base };
	int64_t now = clock_now() / 1000000;

	f.command = (struct command){ .op = &found_op, .jws = admin, .kid = admin->kid, .iat = now, .exp = now + 60, .aside = aside,
				      .lines = 1, .done = on_done };
	jti_new(f.command.jti);
	f.writer = writer_new(base, conninfo, seal, 1, &events, &f);
	event_base_dispatch(base);
	writer_free(f.writer);
	seal_free(seal);
	return f.done ? 0 : 1;
}

/* The schema, the founding, ledger.json: the database is up. */
static int fill(struct event_base *base, const struct config *config, const struct arguments_given *given, const struct jws *admin)
{
	bool embedded = !config->database;
	_cleanup_free_ char *owner = embedded ? cluster_owner_conninfo(config) : xstrdup(config->database_owner),
			    *conninfo = embedded ? cluster_conninfo(config) : xstrdup(config->database);
	struct keys *keys;
	char *error;
	int status;

	if (schema_prepare(config, owner, embedded, &error) != 0 || schema_apply(config, owner, &error) != 0)
		return complain(error);
	keys = keys_read(config, &error);
	if (!keys)
		return complain(error);
	status = keys_choose(keys, json_array(), &error) == 0 ? 0 : complain(error);
	if (status == 0)
		status = found(base, config, given, admin, keys, conninfo);
	if (status == 0 && keys_publish(keys, config->listen, &error) != 0)
		status = complain(error);
	keys_free(keys);
	return status;
}

static int with_database(const struct config *config, int (*work)(struct event_base *, const struct config *, const struct arguments_given *, const struct jws *),
			 const struct arguments_given *given, const struct jws *admin)
{
	struct event_base *base = event_base_new();
	struct cluster *cluster = NULL;
	char *error;
	int status;

	if (!config->database) {
		cluster = cluster_start(base, config, &error);
		if (!cluster || cluster_wait(config, POSTGRES_START_SECONDS) != 0)
			status = complain(cluster ? xasprintf("PostgreSQL does not start; see %s/postgres/log", config->state_dir) : error);
		else
			status = work(base, config, given, admin);
		cluster_stop(cluster);
	} else {
		status = work(base, config, given, admin);
	}
	event_base_free(base);
	return status;
}

static int check_given(const struct config *config, const struct arguments_given *given)
{
	_cleanup_free_ char *published = xasprintf("%s/ledger.json", config->state_dir);

	if (!given->admin || !given->code || !given->name) {
		fputs("lovebankd: init needs --admin FILE, --code CODE and --name NAME\n", stderr);
		return 2;
	}
	if (strcmp(given->kind, "city") != 0 && strcmp(given->kind, "county") != 0) {
		fputs("lovebankd: --kind is city or county\n", stderr);
		return 2;
	}
	if (config->database && !config->database_owner) {
		fputs("lovebankd: init of an existing PostgreSQL needs database_owner in the configuration\n", stderr);
		return 2;
	}
	if (access(published, F_OK) == 0) {
		fprintf(stderr, "lovebankd: there is a ledger in %s already; nothing was changed\n", config->state_dir);
		return 1;
	}
	return 0;
}

int init_command(const struct config *config, const struct arguments_given *given)
{
	int status = check_given(config, given);
	struct jws *admin;
	char *error;

	if (status != 0)
		return status;
	admin = read_admin(given->admin);
	if (!admin)
		return 1;
	if (mkdir(config->state_dir, 0755) != 0 && errno != EEXIST)
		status = complain(xasprintf("%s: %s", config->state_dir, strerror(errno)));
	else if (keys_make(config, &error) != 0 || (!config->database && !cluster_exists(config) && cluster_create(config, &error) != 0))
		status = complain(error);
	else
		status = with_database(config, fill, given, admin);
	if (status == 0)
		printf("ledger %s is ready in %s\nadministrator's key: %s\nstart it with: lovebankd serve -c FILE\n", config->aud, config->state_dir, admin->kid);
	jws_free(admin);
	return status;
}

static int upgrade(struct event_base *base, const struct config *config, const struct arguments_given *given, const struct jws *admin)
{
	_cleanup_free_ char *owner = config->database ? xstrdup(config->database_owner) : cluster_owner_conninfo(config);
	char *error;

	(void)base;
	(void)given;
	(void)admin;
	return schema_apply(config, owner, &error) == 0 ? 0 : complain(error);
}

int new_key_command(const struct config *config, const struct arguments_given *given)
{
	char *public, *error;

	if (!given->use) {
		fputs("lovebankd: new-key needs --use answers, log or tls\n", stderr);
		return 2;
	}
	if (keys_add(config, given->use, &public, &error) != 0)
		return complain(error);
	puts(public);
	free(public);
	return 0;
}

int show_keys_command(const struct config *config, const struct arguments_given *given)
{
	char *error;
	struct keys *keys = keys_read(config, &error);

	(void)given;
	if (!keys)
		return complain(error);
	for (enum key_use use = 0; use < KEY_JOBS; use++)
		for (size_t i = 0; i < keys->count; i++)
			if (keys->files[i].use == use)
				printf("%-8s %-43s %s\n", keys_use_name(use), keys->files[i].id, keys->files[i].public);
	keys_free(keys);
	return 0;
}

int upgrade_command(const struct config *config, const struct arguments_given *given)
{
	if (config->database && !config->database_owner) {
		fputs("lovebankd: upgrade of an existing PostgreSQL needs database_owner in the configuration\n", stderr);
		return 2;
	}
	if (!config->database && !cluster_exists(config)) {
		fprintf(stderr, "lovebankd: there is no ledger in %s; make one with lovebankd init\n", config->state_dir);
		return 1;
	}
	return with_database(config, upgrade, given, NULL);
}
