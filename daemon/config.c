/* The configuration; see config.h. */
#include "daemon/config.h"

#include "daemon/db.h"
#include "wire/base.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct option {
	const char *name;
	size_t offset;
	bool number;
	unsigned min, max;
	const char *standard; /* NULL: none */
	const char *help;
};

#define TEXT(name, standard, help) { #name, offsetof(struct config, name), false, 0, 0, standard, help }
#define NUMBER(name, min, max, standard, help) { #name, offsetof(struct config, name), true, min, max, standard, help }

static const struct option options[] = {
	TEXT(state_dir, NULL, "folder of the ledger's keys, its ledger.json and the embedded PostgreSQL"),
	TEXT(listen, "127.0.0.1:7443", "address and port; port 0 takes a free one"),
	TEXT(aud, NULL, "the ledger's name, for ever: lower-case letters, digits, '.' and '-'"),
	TEXT(database, NULL, "conninfo of role lovebankd; without it the daemon runs a PostgreSQL of its own"),
	TEXT(database_owner, NULL, "conninfo of the database's superuser, for init and upgrade; only with database"),
	TEXT(schema_dir, NULL, "folder of the SQL files"),
	TEXT(postgres_bin, "/usr/lib/postgresql/15/bin", "folder of initdb, postgres and psql"),
	TEXT(test_clock, NULL, "for tests only: a file that holds the time"),
	NUMBER(signature_threads, 1, 64, "2", "threads that check and make signatures"),
	NUMBER(read_connections, 1, 64, "2", "database connections for reads"),
	NUMBER(queue, 1, 100000, "1024", "commands that may wait for the write lane; more get 429"),
	NUMBER(connections, 10, 100000, "2000", "client connections in all"),
	NUMBER(connections_per_key, 1, 100000, "64", "client connections of one key"),
	TEXT(witnesses, NULL, "file of the verifier keys of witnesses, one a line; '#' begins a comment line"),
	NUMBER(witnesses_required, 0, 16, "0", "cosignatures that make a checkpoint a witnessed one; 0 counts as 1"),
	{ NULL, 0, false, 0, 0, NULL, NULL },
};

static void complain(char **errors, char *text)
{
	char *all = xasprintf("%s%s\n", *errors ? *errors : "", text);

	free(*errors);
	free(text);
	*errors = all;
}

static char *trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

static const struct option *option_find(const char *name)
{
	for (const struct option *o = options; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

static void set(struct config *config, const struct option *o, const char *value, const char *where, char **errors)
{
	char *place = (char *)config + o->offset, *end;
	unsigned long number;

	if (!o->number) {
		char **text = (char **)(void *)place;

		free(*text);
		*text = xstrdup(value);
		return;
	}
	errno = 0;
	number = strtoul(value, &end, 10);
	if (errno || *end || end == value || number < o->min || number > o->max)
		complain(errors, xasprintf("%s: %s must be a number from %u to %u, not '%s'", where, o->name, o->min, o->max, value));
	else
		*(unsigned *)(void *)place = (unsigned)number;
}

static void read_line(struct config *config, char *line, const char *where, char **errors)
{
	char *text = trim(line), *value = strchr(text, '=');
	const struct option *o;

	if (!*text || *text == '#')
		return;
	if (!value) {
		complain(errors, xasprintf("%s: '%s' is not 'key = value'", where, text));
		return;
	}
	*value++ = '\0';
	o = option_find(trim(text));
	if (!o)
		complain(errors, xasprintf("%s: there is no option '%s'; lovebankd check-config lists them", where, trim(text)));
	else
		set(config, o, trim(value), where, errors);
}

/* What no single line shows. */
static void check_whole(struct config *config, const char *path, char **errors)
{
	char *reason;

	if (!config->state_dir)
		complain(errors, xasprintf("%s: state_dir is missing", path));
	else if (config->state_dir[0] != '/')
		complain(errors, xasprintf("%s: state_dir must begin with '/'", path));
	if (!config->aud)
		complain(errors, xasprintf("%s: aud, the ledger's name, is missing", path));
	else if (strspn(config->aud, "abcdefghijklmnopqrstuvwxyz0123456789.-") != strlen(config->aud) || !*config->aud || strlen(config->aud) > 100)
		complain(errors, xasprintf("%s: aud may hold lower-case letters, digits, '.' and '-', at most 100", path));
	if (config->database && (reason = db_check(config->database))) {
		complain(errors, xasprintf("%s: database: %s", path, reason));
		free(reason);
	}
	if (config->database_owner && !config->database)
		complain(errors, xasprintf("%s: database_owner goes with database only", path));
	if (config->witnesses_required > 0 && !config->witnesses)
		complain(errors, xasprintf("%s: witnesses_required goes with witnesses only", path));
	if (!config->schema_dir)
		config->schema_dir = xstrdup(access(SOURCEDIR "/schema/migrations", R_OK) == 0 ? SOURCEDIR "/schema" : SHAREDIR "/schema");
	if (access(config->schema_dir, R_OK) != 0)
		complain(errors, xasprintf("%s: schema_dir %s cannot be read: %s", path, config->schema_dir, strerror(errno)));
}

struct config *config_read(const char *path, char **ret_errors)
{
	struct config *config = xcalloc(1, sizeof(*config));
	FILE *file;
	char *line = NULL, *errors = NULL;
	size_t room = 0;

	for (const struct option *o = options; o->name; o++)
		if (o->standard)
			set(config, o, o->standard, "standard", &errors);
	file = fopen(path, "re");
	if (!file)
		complain(&errors, xasprintf("%s: %s", path, strerror(errno)));
	for (unsigned number = 1; file && getline(&line, &room, file) >= 0; number++) {
		_cleanup_free_ char *where = xasprintf("%s:%u", path, number);

		read_line(config, line, where, &errors);
	}
	free(line);
	if (file) {
		fclose(file);
		check_whole(config, path, &errors);
	}
	if (!errors)
		return config;
	*ret_errors = errors;
	return config_free(config);
}

struct config *config_free(struct config *config)
{
	for (const struct option *o = options; config && o->name; o++)
		if (!o->number)
			free(*(char **)(void *)((char *)config + o->offset));
	free(config);
	return NULL;
}

void config_show(const struct config *config)
{
	for (const struct option *o = options; o->name; o++) {
		const char *place = (const char *)config + o->offset;
		const char *text = o->number ? NULL : *(char *const *)(const void *)place;

		if (o->number)
			printf("%-20s %-32u %s\n", o->name, *(const unsigned *)(const void *)place, o->help);
		else
			printf("%-20s %-32s %s\n", o->name, text ? text : "-", o->help);
	}
}
