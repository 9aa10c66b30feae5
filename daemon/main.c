/* lovebankd: the ledger's daemon. The command line. */
#include "daemon/commands.h"
#include "daemon/server.h"
#include "wire/base.h"
#include "wire/clock.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command_row {
	const char *name;
	int (*run)(const struct config *config, const struct arguments_given *given);
	const char *help;
} commands[] = {
	{ "init", init_command, "makes a ledger: keys, database, its first administrator (--admin, --code, --name)" },
	{ "upgrade", upgrade_command, "brings the database to this version" },
	{ "serve", serve_command, "runs in the foreground" },
	{ "new-key", new_key_command, "makes one more key of the ledger's (--use answers, log or tls) and prints what to register" },
	{ "show-keys", show_keys_command, "the keys that are here: use, name, and the text that registers them" },
	{ "check-config", check_config_command, "reads the configuration and shows every option" },
	{ "status", status_command, "says whether the ledger of this configuration is being served" },
	{ NULL, NULL, NULL },
};

static int usage(FILE *out, int status)
{
	fputs("lovebankd " VERSION ": keeps a ledger of volunteer points and community funds\n\n"
	      "usage: lovebankd COMMAND [-c FILE] [options]\n\n", out);
	for (const struct command_row *c = commands; c->name; c++)
		fprintf(out, "  %-14s %s\n", c->name, c->help);
	fputs("\n  -c, --config FILE   configuration (/etc/lovebank/lovebankd.conf)\n"
	      "      --admin FILE    enrolment request of the first administrator: lovebank key new\n"
	      "      --code CODE     short name of the root of the organisation, e.g. a city's\n"
	      "      --name NAME     its full name\n"
	      "      --kind KIND     city (standard) or county\n"
	      "      --use USE       what a new key is for: answers, log or tls\n", out);
	return status;
}

static const struct command_row *command_find(const char *name)
{
	for (const struct command_row *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static int run(const struct command_row *command, const char *path, const struct arguments_given *given)
{
	char *errors = NULL;
	struct config *config = config_read(path, &errors);
	int status;

	if (!config) {
		fprintf(stderr, "%s", errors);
		free(errors);
		return 2;
	}
	if (config->test_clock) {
		fprintf(stderr, "lovebankd: the clock is set by %s: for tests only\n", config->test_clock);
		clock_set_file(config->test_clock);
	}
	status = command->run(config, given);
	config_free(config);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "config", required_argument, NULL, 'c' }, { "admin", required_argument, NULL, 'a' }, { "code", required_argument, NULL, 'o' },
		{ "name", required_argument, NULL, 'n' },   { "kind", required_argument, NULL, 'k' },  { "use", required_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },         { "version", no_argument, NULL, 'V' },      { NULL, 0, NULL, 0 },
	};
	struct arguments_given given = { .kind = "city" };
	const char *path = "/etc/lovebank/lovebankd.conf";
	const struct command_row *command;
	int option;

	base_init();
	server_memory_init();
	signal(SIGPIPE, SIG_IGN);
	/* libpq asks for these in every session: what stands in the log does not depend on how the server writes dates and times. */
	setenv("PGDATESTYLE", "ISO", 1);
	setenv("PGTZ", "UTC", 1);
	while ((option = getopt_long(argc, argv, "c:hV", long_options, NULL)) != -1) {
		switch (option) {
		case 'c': path = optarg; break;
		case 'a': given.admin = optarg; break;
		case 'o': given.code = optarg; break;
		case 'n': given.name = optarg; break;
		case 'k': given.kind = optarg; break;
		case 'u': given.use = optarg; break;
		case 'h': return usage(stdout, 0);
		case 'V': puts("lovebankd " VERSION); return 0;
		default: return usage(stderr, 2);
		}
	}
	if (optind != argc - 1)
		return usage(stderr, 2);
	command = command_find(argv[optind]);
	if (command)
		return run(command, path, &given);
	fprintf(stderr, "lovebankd: there is no command '%s'\n\n", argv[optind]);
	return usage(stderr, 2);
}
