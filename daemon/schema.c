/* The database's schema; see schema.h. */
#include "daemon/schema.h"

#include "daemon/process.h"
#include "wire/base.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 512

/* Arguments of one psql call; strings are owned. */
struct arguments {
	char *list[ARGUMENTS_MAX + 1];
	unsigned count;
};

static void add(struct arguments *a, char *text)
{
	if (a->count == ARGUMENTS_MAX)
		BUG("too many SQL files");
	a->list[a->count++] = text;
	a->list[a->count] = NULL;
}

static void add_command(struct arguments *a, const char *sql)
{
	add(a, xstrdup("-c"));
	add(a, xstrdup(sql));
}

static void add_files(struct arguments *a, const struct config *config, const char *pattern)
{
	_cleanup_free_ char *full = xasprintf("%s/%s", config->schema_dir, pattern);
	glob_t found;

	if (glob(full, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		add(a, xstrdup("-f"));
		add(a, xstrdup(found.gl_pathv[i]));
	}
	globfree(&found);
}

static void start(struct arguments *a, const struct config *config, const char *conninfo)
{
	add(a, xasprintf("%s/psql", config->postgres_bin));
	add(a, xstrdup("-qX"));
	add(a, xstrdup("-vON_ERROR_STOP=1"));
	add(a, xasprintf("-d%s", conninfo));
	add_command(a, "SET client_min_messages = warning");
}

/* Runs psql; what it says goes to our standard error. Frees the arguments. */
static int run(struct arguments *a)
{
	int status = process_run((const char *const *)a->list, NULL, NULL);

	for (unsigned i = 0; i < a->count; i++)
		free(a->list[i]);
	a->count = 0;
	return status;
}

int schema_prepare(const struct config *config, const char *owner, bool make_database, char **ret_error)
{
	struct arguments a = { .count = 0 };
	_cleanup_free_ char *maintenance = make_database ? xasprintf("%s dbname=postgres", owner) : xstrdup(owner);

	start(&a, config, maintenance);
	add_command(&a, "DO $$ BEGIN CREATE ROLE lovebank_owner NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
	add_command(&a, "DO $$ BEGIN CREATE ROLE lovebankd LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
	/* Statements of the daemon carry personal values: no setting of the server's may write them into its log. */
	add_command(&a, "ALTER ROLE lovebankd SET log_statement = 'none'");
	add_command(&a, "ALTER ROLE lovebankd SET log_min_duration_statement = -1");
	add_command(&a, "ALTER ROLE lovebankd SET log_min_error_statement = 'panic'");
	add_command(&a, "ALTER ROLE lovebankd SET log_error_verbosity = 'terse'");
	add_command(&a, "ALTER ROLE lovebankd SET log_parameter_max_length = 0");
	add_command(&a, "ALTER ROLE lovebankd SET log_parameter_max_length_on_error = 0");
	if (make_database)
		add_command(&a, "CREATE DATABASE lovebank OWNER lovebank_owner TEMPLATE template0 ENCODING 'UTF8'");
	else
		add_command(&a, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO lovebank_owner', current_database()); END $$");
	if (run(&a) == 0)
		return 0;
	*ret_error = xstrdup("the roles and the database could not be made; psql's message stands above");
	return -1;
}

/* Number of the last migration that the database has, 0 for none. */
static int migrations_applied(const struct config *config, const char *owner)
{
	_cleanup_free_ char *psql = xasprintf("%s/psql", config->postgres_bin), *target = xasprintf("-d%s", owner);
	_cleanup_free_ char *answer = xasprintf("%s/migration", config->state_dir);
	/* One statement for a database with and without the table. */
	static const char sql[] = "SELECT CASE WHEN to_regclass('ledger.migration') IS NULL THEN '0' ELSE (xpath('//m/text()',"
				  " query_to_xml('SELECT max(number) AS m FROM ledger.migration', false, true, '')))[1]::text END";
	const char *const there[] = { psql, "-qXAt", target, "-c", sql, NULL };
	FILE *file;
	int number = 0;

	unlink(answer);
	if (process_run(there, NULL, answer) == 0 && (file = fopen(answer, "re"))) {
		if (fscanf(file, "%d", &number) != 1)
			number = 0;
		fclose(file);
	}
	unlink(answer);
	return number;
}

int schema_apply(const struct config *config, const char *owner, char **ret_error)
{
	static const char *const functions[] = { "functions/0*.sql", "functions/core/*.sql", "functions/op/*.sql", "functions/api/*.sql",
						 "functions/99-*.sql" };
	int applied = migrations_applied(config, owner);
	struct arguments a = { .count = 0 };

	start(&a, config, owner);
	add(&a, xstrdup("-1"));
	add_command(&a, "SET ROLE lovebank_owner");
	for (int number = applied + 1;; number++) {
		_cleanup_free_ char *pattern = xasprintf("migrations/%04d-*.sql", number);
		unsigned before = a.count;

		add_files(&a, config, pattern);
		if (a.count == before)
			break;
	}
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		add_files(&a, config, functions[i]);
	if (run(&a) == 0)
		return 0;
	*ret_error = xasprintf("the schema in %s could not be applied; nothing was changed; psql's message stands above", config->schema_dir);
	return -1;
}
