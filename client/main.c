/* lovebank: the command that people use. NOUN VERB and flags; what each takes is in the operations table. */
#include "audit/arena.h"
#include "client/args.h"
#include "client/builtin.h"
#include "client/command.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/help.h"
#include "client/import.h"
#include "client/irreversible.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef VERSION
#define VERSION "0.1"
#endif

/* What a new operator joins with is what this one joined with. */
static int write_ledger(const struct client *client, const char *out)
{
	_cleanup_free_ char *text = json_dumps(client->ledger->document, JSON_INDENT(2));

	if (file_write(out, text, strlen(text), 0644) == 0) {
		say_note(_("%s is for the new operator, who runs: lovebank key join %s"), out, out);
		return EXIT_OK;
	}
	say_error("%s: %s", out, strerror(errno));
	return EXIT_LOCAL;
}

static int run_op(struct client *client, const struct op *op, struct args *args)
{
	int code = irreversible_ask(client, op);

	if (code != EXIT_OK)
		return code;
	code = args->csv ? import_run(client, op, args->input, args->csv) : command_run(client, op, args->input);
	return code == EXIT_OK && args->out ? write_ledger(client, args->out) : code;
}

static int run(struct client *client, int argc, const char *const *argv, bool help)
{
	const char *noun = argc > 1 ? argv[1] : NULL, *verb = argc > 2 ? argv[2] : NULL;
	const struct op *op = noun && verb ? help_find(noun, verb) : NULL;
	const struct builtin *builtin = op ? builtin_find(noun, verb) : NULL;
	struct args args;
	int code;

	if (!noun || help || strcmp(noun, "help") == 0) {
		int skip = noun && strcmp(noun, "help") == 0;

		return help_print(stdout, argc > 1 + skip ? argv[1 + skip] : NULL, argc > 2 + skip ? argv[2 + skip] : NULL);
	}
	if (!op)
		return help_unknown(noun, verb);
	code = args_parse(op, argc - 3, argv + 3, &args);
	if (code == EXIT_OK)
		code = builtin ? builtin->run(client, args.input) : run_op(client, op, &args);
	json_decref(args.input);
	return code;
}

/* What was printed must have arrived: a full disk is not success. */
static int flushed(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	say_error(_("the output cannot be written: %s"), strerror(errno));
	return code == EXIT_OK ? EXIT_LOCAL : code;
}

int main(int argc, char **argv)
{
	const char **words = (const char **)argv;
	struct globals globals = {0};
	const char *flag = NULL;
	struct client client = {0};
	int code;

	base_init();
	arena_init();
	clock_set_file(getenv("LOVEBANK_TEST_CLOCK"));
	code = globals_take(&argc, words, &globals, &flag) < 0 ? EXIT_USAGE : EXIT_OK;
	say_init(globals.lang);
	if (code != EXIT_OK) {
		say_error(_("%s lacks its value"), flag);
		return code;
	}
	if (globals.lang && strncmp(globals.lang, "zh", 2) != 0 && strncmp(globals.lang, "en", 2) != 0) {
		say_error(_("--lang is zh or en, not %s"), globals.lang);
		return EXIT_USAGE;
	}
	if (globals.version) {
		puts("lovebank " VERSION);
		return EXIT_OK;
	}
	client = (struct client){.home = home_directory(globals.home), .json = globals.json, .yes = globals.yes, .lang_given = globals.lang != NULL};
	if (!client.home) {
		say_error(_("there is no $HOME; use --home DIR"));
		return EXIT_LOCAL;
	}
	code = flushed(run(&client, argc, words, globals.help));
	client_close(&client);
	return code;
}
